"""The embedded CLIP's convolutional patch embedding."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from acd_monai.errors import ConfigError
from acd_monai.networks.architectures import EMBEDDED, build_clip
from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.stem import PyramidStem


def make_stem() -> PyramidStem:
    with torch_seed(0):
        return PyramidStem((4, 6, 8, 10), 12, patch_size=14).eval()


def test_one_token_a_patch_whatever_the_size() -> None:
    stem = make_stem()
    for height, width in ((28, 28), (112, 70), (224, 336)):
        assert stem(torch.rand(2, 3, height, width)).shape == (2, 12, height // 14, width // 14)


def test_an_image_of_one_place_is_refused() -> None:
    with pytest.raises(ConfigError, match="an image of 14×14 pixels is too small; wanted 28×28 or more"):
        make_stem()(torch.rand(1, 3, 14, 14))


def test_an_image_has_the_same_tokens_in_any_batch() -> None:
    stem, images = make_stem(), torch.rand(3, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    alone = torch.cat([stem(image[None]) for image in images])
    torch.testing.assert_close(stem(images), alone)


def test_a_token_knows_more_than_its_patch() -> None:
    stem, image = make_stem(), torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    other = image.clone()
    other[:, :, :56] = 0.0
    assert (stem(image) - stem(other))[:, :, -1].abs().max() > 1e-3


def test_only_a_config_that_asks_for_it_has_it() -> None:
    plain = {name: value for name, value in EMBEDDED.items() if name != "stem_widths"}
    assert isinstance(build_clip(plain, "gelu").visual.conv1, nn.Conv2d)
    clip = build_clip("embedded", "gelu")
    assert isinstance(clip.visual.conv1, PyramidStem)
    assert 2 * sum(parameter.numel() for parameter in clip.parameters()) < 16e6
