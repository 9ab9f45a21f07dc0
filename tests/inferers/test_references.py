"""Normal references are read as the images they are compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from monai.transforms import Compose, LoadImaged
from PIL import Image

from acd_monai.data import StudyReader, TrainingRecord, content_digests
from acd_monai.errors import InputError
from acd_monai.inferers import SliceAnomalyInferer, read_references
from acd_monai.networks import AnomalyDetector, Prediction

PREPROCESSING = Compose([LoadImaged("image", reader=StudyReader, ensure_channel_first=True, image_only=True)])


class Watcher(AnomalyDetector):
    """Keeps the pixels that a network is given."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.seen: list[torch.Tensor] = []

    @property
    def image_size(self) -> int:
        return 56

    def predict(self, image: torch.Tensor, noun_index: torch.Tensor | None = None) -> Prediction:
        self.seen.append(image)
        return Prediction(image.amax(dim=(1, 2, 3)), image[:, :1])


@pytest.mark.parametrize("fit", ["pad", "squash"])
def test_a_reference_is_what_the_network_would_be_given(tmp_path: Path, fit: str) -> None:
    generator = np.random.default_rng(0)
    (tmp_path / "more").mkdir()
    names = ("b10.png", "b9.png", "more/a.png")
    for name, mode in zip(names, ("L", "RGB", "L"), strict=True):
        shape = (30, 50, 3) if mode == "RGB" else (30, 50)
        Image.fromarray(generator.integers(0, 255, shape, dtype=np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("not a picture")
    inferer, network = SliceAnomalyInferer(fit=fit), Watcher()
    references = read_references(tmp_path, PREPROCESSING, inferer, 56)
    assert references is not None and references.images.shape == (3, 3, 56, 56)
    for index, name in enumerate(("b9.png", "b10.png", "more/a.png")):
        inferer.predict(PREPROCESSING({"image": str(tmp_path / name)})["image"][None], network)
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.481, 0.458, 0.408), (0.269, 0.261, 0.276)))
        seen = (network.seen[-1][0].expand(3, -1, -1) - mean) / std
        torch.testing.assert_close(references.images[index], seen, atol=5e-3, rtol=0)
    record = TrainingRecord.from_notes(references.notes)
    assert record is not None
    assert record.files == set(content_digests([tmp_path / name for name in names]).values())


def test_no_folder_is_no_reference_and_an_empty_one_an_error(tmp_path: Path) -> None:
    assert read_references(None, PREPROCESSING, SliceAnomalyInferer(), 56) is None
    with pytest.raises(InputError, match="no pictures; wanted a folder of normal images"):
        read_references(tmp_path, PREPROCESSING, SliceAnomalyInferer(), 56)
