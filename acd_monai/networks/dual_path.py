"""AnomalyCLIP's second path (DPAM): value-value attention that adds up beside the later blocks of the vision tower."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor

from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.tower import attend_values

__all__ = ["DualPath", "run_dual_path"]


class DualPath(NamedTuple):
    """Both paths, ``(B, 1 + L, width)``.

    Attributes:
        tokens: ``h_K``, CLIP's own path after the last block; the other one does not change it.
        levels: the second path at each level; before it begins, ``h_k``.
    """

    tokens: Tensor
    levels: list[Tensor]


def run_dual_path(backbone: ClipBackbone, image: Tensor, *, blocks: int, levels: Sequence[int]) -> DualPath:
    """Run the vision tower on normalised images ``(B, 3, H, W)``, and the second path beside its last ``blocks``.

    That begins with what goes into the first of them and adds, block by block, the value-value attention of CLIP's own
    tokens: no MLP, and what it adds up goes through no norm.
    """
    all_blocks: Any = backbone.clip.visual.transformer.resblocks
    start = len(all_blocks) - blocks
    tapped: dict[int, Tensor] = {}
    added: list[Tensor] = []

    def edit(depth: int, tokens: Tensor) -> Tensor:
        if depth <= start:
            added[:] = [tokens]
        if depth in levels:
            tapped[depth] = added[0]
        if start <= depth < len(all_blocks):
            block = all_blocks[depth]
            added[0] = added[0] + attend_values(block.attn, block.ln_1(tokens))
        return tokens

    tower = backbone.run_image(image, edit=edit)
    return DualPath(tower.tokens, [tapped[level] for level in levels])
