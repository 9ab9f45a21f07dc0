"""How alike image and text are in CLIP's shared space, as logits and as maps, always in float32."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

__all__ = ["LOGIT_SCALE", "similarity", "summed_probability"]

LOGIT_SCALE = 100.0
"""CLIP's own, at which its training ends; most methods keep it."""


def similarity(features: Tensor, text: Tensor, scale: float = LOGIT_SCALE) -> Tensor:
    """Return ``scale`` times the cosine of each feature with each text feature.

    Under autocast, unit vectors are compared in float32: half precision would round the logits to steps of 1/16.

    Args:
        features: ``(B, D)`` or ``(B, L, D)``, of any length.
        text: unit vectors ``(B, D, 2)``, normal then abnormal, or one ``(D, 2)`` for all.
        scale: one over the temperature.

    Returns:
        ``(B, 2)`` or ``(B, L, 2)``.
    """
    with torch.autocast(features.device.type, enabled=False):
        features, text = F.normalize(features.float(), dim=-1), text.float()
        if features.ndim == 2:
            return scale * torch.einsum("bd,bdk->bk", features, text.expand(len(features), -1, -1))
        return scale * features @ text


def summed_probability(pixel: Tensor, size: Sequence[int]) -> Tensor:
    """Return ``(B, 1, H, W)`` in [0, levels]: the sum of what each level gives, enlarged as logits.

    Args:
        pixel: logits ``(levels, B, 2, h, w)``, normal then abnormal.
        size: ``(H, W)``.
    """
    enlarged = (F.interpolate(level, size=tuple(size), mode="bilinear", align_corners=True) for level in pixel)
    return torch.stack([level.softmax(dim=1)[:, 1:] for level in enlarged]).sum(dim=0)
