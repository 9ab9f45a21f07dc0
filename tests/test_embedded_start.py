"""The small CLIP's vision tower, before any training: its tokens say what is unlike its surroundings."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from acd_monai.networks import ClipBackbone
from acd_monai.networks.architectures import build_clip
from acd_monai.networks.seeding import torch_seed

SIDE = 16
PLACE = 5, 9


def test_an_odd_patch_is_the_most_unlike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "scripts")
    from embedded.vision_start import UNLIKE, start_vision

    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    with torch_seed(0):
        backbone.clip.load_state_dict(build_clip("embedded", "gelu").state_dict())  # as open_clip draws them
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(4, 3, 14 * SIDE, 14 * SIDE, generator=generator)
    start_vision(backbone.clip.visual, pixels)
    row, column = (slice(14 * index, 14 * index + 14) for index in PLACE)
    pixels[:, :, row, column] *= 2.5
    with torch.no_grad():
        tokens = backbone.run_image(pixels, taps=[2]).taps[2]
    unlike = tokens[:, 1:, UNLIKE.start : UNLIKE.stop].sum(dim=2)
    assert unlike.argmax(dim=1).tolist() == [PLACE[0] * SIDE + PLACE[1]] * len(pixels)
