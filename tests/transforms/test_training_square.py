"""Pictures and masks as bytes at the network's size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from acd_monai.errors import ConfigError, InputError
from acd_monai.inferers.evaluation_grid import EvaluationGrid
from acd_monai.inferers.fit import plan_fit
from acd_monai.transforms import TrainingSquared


def test_it_is_what_pil_does() -> None:
    generator = np.random.default_rng(0)
    picture = generator.integers(0, 256, (60, 90, 3), dtype=np.uint8)
    mask = np.zeros((60, 90), dtype=np.uint8)
    mask[10:30, 20:70] = 1
    item = {
        "image": torch.from_numpy(picture).permute(2, 0, 1)[..., None] / 255,
        "mask": torch.from_numpy(mask)[None, ..., None].float(),
        "label": 1,
    }
    got = TrainingSquared(28)(item)
    want = np.asarray(Image.fromarray(picture).resize((28, 28), Image.Resampling.BICUBIC)).transpose(2, 0, 1)
    assert got["image"].dtype == got["mask"].dtype == torch.uint8
    assert np.abs(got["image"].numpy().astype(int) - want).max() <= 1
    want_mask = np.asarray(Image.fromarray(mask).resize((28, 28), Image.Resampling.NEAREST))
    assert np.array_equal(got["mask"][0].numpy(), want_mask)
    assert got["label"] == 1


def test_a_grey_picture_gets_three_channels() -> None:
    item = {"image": torch.rand(1, 20, 20, 1), "mask": torch.zeros(1, 20, 20, 1)}
    image = TrainingSquared(14)(item)["image"]
    assert image.shape == (3, 14, 14)
    assert torch.equal(image[0], image[2])


def test_a_volume_is_refused() -> None:
    with pytest.raises(InputError, match="a volume of 7 slices; training reads pictures"):
        TrainingSquared(14)({"image": torch.rand(1, 20, 20, 7), "mask": torch.zeros(1, 20, 20, 7)})


def test_masks_are_resized_as_the_evaluation_does() -> None:
    drawn = (torch.rand(1, 1, 61, 47, generator=torch.Generator().manual_seed(0)) > 0.5).float()
    grid = EvaluationGrid(mask_resize="bilinear")
    item = {"image": torch.rand(1, 61, 47, 1), "mask": drawn[0, ..., None]}
    got = TrainingSquared(14, mask_resize="bilinear")(item)["mask"]
    assert torch.equal(got[None].bool(), grid.masks(drawn, plan_fit("squash", (61, 47), (1.0, 1.0), 14)))
    assert not torch.equal(got, TrainingSquared(14)(item)["mask"])
    with pytest.raises(ConfigError, match="mask_resize is 'cubic'; wanted one of nearest, bilinear"):
        TrainingSquared(14, mask_resize="cubic")
