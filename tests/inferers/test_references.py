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
from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD

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
    (references,) = read_references(tmp_path, PREPROCESSING, inferer, 56)
    assert references.images.shape == (3, 3, 56, 56)
    for index, name in enumerate(("b9.png", "b10.png", "more/a.png")):
        inferer.predict(PREPROCESSING({"image": str(tmp_path / name)})["image"][None], network)
        mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.481, 0.458, 0.408), (0.269, 0.261, 0.276)))
        seen = (network.seen[-1][0].expand(3, -1, -1) - mean) / std
        torch.testing.assert_close(references.images[index], seen, atol=5e-3, rtol=0)
    record = TrainingRecord.from_notes(references.notes)
    assert record is not None
    assert record.files == set(content_digests([tmp_path / name for name in names]).values())


def test_no_folder_is_no_reference_and_an_empty_one_an_error(tmp_path: Path) -> None:
    assert read_references(None, PREPROCESSING, SliceAnomalyInferer(), 56) == []
    with pytest.raises(InputError, match="no pictures; wanted a folder of normal images"):
        read_references(tmp_path, PREPROCESSING, SliceAnomalyInferer(), 56)


def write_pictures(folder: Path, *levels: int) -> None:
    folder.mkdir(parents=True)
    for level in levels:
        Image.fromarray(np.full((8, 8), level, dtype=np.uint8)).save(folder / f"{level}.png")


def read(folder: Path, classes: list[str] | None) -> list[list[int]]:
    """Return the grey levels of each class's references."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    found = read_references(folder, PREPROCESSING, SliceAnomalyInferer(), 8, classes)
    assert all(one.notes == found[0].notes for one in found)
    return [[round(float((image * std + mean).mean() * 255)) for image in one.images] for one in found]


def test_each_class_has_a_folder_of_its_own(tmp_path: Path) -> None:
    write_pictures(tmp_path / "nut", 10, 20)
    write_pictures(tmp_path / "bolt" / "more", 30)
    write_pictures(tmp_path / "other", 40)
    assert read(tmp_path, ["nut", "bolt"]) == [[10, 20], [30]]
    assert read(tmp_path, ["bolt", "nut"]) == [[30], [10, 20]]
    assert read(tmp_path, ["bolt"]) == [[30]]
    assert read(tmp_path / "nut", ["bolt"]) == [[10, 20]]  # one class may lie there without a sub-folder
    assert [sorted(levels) for levels in read(tmp_path, None)] == [[10, 20, 30, 40]]


def test_a_class_without_references_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "nut", 10)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no references of bolt, empty; wanted normal pictures in .*bolt and so on"):
        read(tmp_path, ["nut", "bolt", "empty"])
    with pytest.raises(InputError, match=r"no references of bolt, screw; wanted"):
        read(tmp_path / "nut", ["bolt", "screw"])
    with pytest.raises(InputError, match=r"no references of empty; wanted normal pictures in .*empty, a sub-folder"):
        read(tmp_path, ["empty"])
