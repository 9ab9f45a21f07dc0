"""Maps and masks meet on one grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from acd_monai.errors import ConfigError
from acd_monai.inferers import EvaluationGrid
from acd_monai.inferers.fit import plan_fit


def test_masks_are_resized_as_pil_does() -> None:
    mask = np.random.default_rng(0).random((37, 53)) > 0.6
    fit = plan_fit("squash", (37, 53), (1, 1), 70)
    tensor = torch.from_numpy(mask.astype(np.float32))[None, None]
    ours = EvaluationGrid("network", "nearest").masks(tensor, fit)[0, 0].numpy()
    picture = Image.fromarray(mask.astype(np.uint8) * 255)
    assert np.array_equal(ours, np.asarray(picture.resize((70, 70), Image.Resampling.NEAREST)) > 0)
    ours = EvaluationGrid("network", "bilinear").masks(tensor, fit)[0, 0].numpy()
    theirs = np.asarray(picture.resize((70, 70), Image.Resampling.BILINEAR))
    assert (ours != (theirs > 127)).mean() < 0.002  # PIL rounds to whole grey levels


def test_padding_counts_in_no_figure() -> None:
    fit = plan_fit("pad", (20, 40), (1, 1), 70)
    grid = EvaluationGrid("network")
    assert grid.maps(torch.ones(2, 1, 70, 70), fit).shape == (2, 1, 35, 70)
    assert grid.masks(torch.ones(2, 1, 20, 40), fit).shape == (2, 1, 35, 70)


def test_native_leaves_the_mask_as_it_is() -> None:
    fit = plan_fit("squash", (20, 40), (1, 1), 70)
    grid = EvaluationGrid("native")
    mask = torch.rand(1, 1, 20, 40).round()
    assert torch.equal(grid.masks(mask, fit), mask > 0)
    assert grid.maps(torch.rand(1, 1, 70, 70), fit).shape == (1, 1, 20, 40)


@pytest.mark.parametrize("settings", [("full", "nearest"), ("native", "cubic")])
def test_unknown_words(settings: tuple[str, str]) -> None:
    with pytest.raises(ConfigError, match="wanted one of"):
        EvaluationGrid(*settings)
