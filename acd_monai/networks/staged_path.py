"""CLIP-AD's second path: value-value attention beside the vision tower, begun anew at every level (2024)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.tower import attend, attend_values

__all__ = ["StagedPath", "run_staged_path"]


class StagedPath(NamedTuple):
    """Both paths at each level, ``(B, 1 + L, width)``.

    Attributes:
        original: CLIP's own path.
        values: the sum of the value-value attentions since the level before, with the class token of the first path.
    """

    original: list[Tensor]
    values: list[Tensor]


def run_staged_path(backbone: ClipBackbone, image: Tensor, levels: Sequence[int]) -> StagedPath:
    """Run the vision tower on normalised images ``(B, 3, H, W)``; ``levels`` end with the last depth."""
    blocks: Any = backbone.clip.visual.transformer.resblocks
    original: list[Tensor] = []
    values: list[Tensor] = []

    def edit(depth: int, tokens: Tensor) -> Tensor:
        if depth == len(blocks):
            original.append(tokens)
            return tokens
        attention, normed = blocks[depth].attn, blocks[depth].ln_1(tokens)
        if depth in levels:
            # The authors keep a level's tokens by reference, and the next block adds its attention to them in place.
            original.append(tokens + attend(attention, normed))
        attended = attend_values(attention, normed)
        if depth == 0 or depth in levels:
            values.append(attended)
        else:
            values[-1] = values[-1] + attended
        return tokens

    backbone.run_image(image, edit=edit)
    pairs = zip(original, values, strict=True)
    return StagedPath(original, [torch.cat([own[:, :1], level[:, 1:]], dim=1) for own, level in pairs])
