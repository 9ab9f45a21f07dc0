"""A slice into the network's square and its map back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from acd_monai.errors import ConfigError
from acd_monai.inferers.fit import plan_fit


@pytest.mark.parametrize(
    ("source", "pixel_size", "content", "before"),
    [
        ((240, 240), (1.0, 1.0), (224, 224), (0, 0)),
        ((512, 256), (0.5, 0.5), (224, 112), (0, 56)),
        ((100, 50), (1.0, 2.0), (224, 224), (0, 0)),
        ((10, 200), (5.0, 1.0), (56, 224), (84, 0)),
    ],
)
def test_pad_keeps_proportions_in_millimetres(source: tuple, pixel_size: tuple, content: tuple, before: tuple) -> None:
    plan = plan_fit("pad", source, pixel_size, 224)
    assert (plan.content, plan.before) == (content, before)


@pytest.mark.parametrize("fit", ["pad", "squash"])
@pytest.mark.parametrize("source", [(240, 240), (512, 300), (37, 512), (5, 3)])
def test_a_map_comes_back_where_its_slice_was(fit: str, source: tuple) -> None:
    """A blob drawn in the slice, carried to the square and back, stays in place to a fraction of a pixel."""
    plan = plan_fit(fit, source, (1.0, 1.0), 224)
    rows, columns = torch.meshgrid(*(torch.arange(n, dtype=torch.float32) for n in source), indexing="ij")
    centre = (0.3 * source[0], 0.7 * source[1])
    widths = (max(2.0, source[0] / 12), max(2.0, source[1] / 12))
    blob = torch.exp(-0.5 * (((rows - centre[0]) / widths[0]) ** 2 + ((columns - centre[1]) / widths[1]) ** 2))
    square = plan.apply(blob[None, None])
    assert square.shape == (1, 1, 224, 224)
    back = plan.invert(square)[0, 0]
    assert back.shape == blob.shape
    for coordinate in (rows, columns):
        before, after = ((coordinate * weight).sum() / weight.sum() for weight in (blob, back))
        assert after == pytest.approx(float(before), abs=0.05)


def test_squash_resizes_as_pil_does() -> None:
    picture = np.random.default_rng(0).integers(64, 192, (300, 517, 3), dtype=np.uint8)
    want = np.asarray(Image.fromarray(picture).resize((224, 224), Image.Resampling.BICUBIC), dtype=np.float32)
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    got = plan_fit("squash", (300, 517), (1.0, 1.0), 224).apply(tensor)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(got - want).max() <= 1.05  # PIL rounds after each axis: 0.5 + 0.5·Σ|weights| of the second, about 1.1


def test_unknown_fit() -> None:
    with pytest.raises(ConfigError, match="fit is 'crop'; wanted one of squash, pad"):
        plan_fit("crop", (2, 2), (1.0, 1.0), 14)
