"""How far patches are from saying what is abnormal."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

__all__ = ["abnormal_share", "dice_loss", "patch_loss"]

FULL_SHARE = 0.25
"""A patch of which so much is abnormal is all abnormal."""

ABNORMAL_WEIGHT = 4.0
"""Abnormal patches are few: each weighs so much more."""

NORMAL_LEVEL = 0.05
"""What a normal patch is to say, not 0: else, that a picture is medical would be a reason to say ever less."""

SEEN_PATCHES = 0.3
"""An image with less than so many abnormal patches in view shows nothing abnormal."""


def abnormal_share(share: Tensor, patch_size: int) -> tuple[Tensor, Tensor]:
    """Return how abnormal each patch is, ``(B, L)`` in [0, 1], and whether each image shows anything abnormal ``(B,)``.

    Args:
        share: ``(B, 1, S, S)``, how much of a pixel is abnormal.
        patch_size: pixels.
    """
    visible = F.avg_pool2d(share, patch_size).flatten(1)
    return (visible / FULL_SHARE).clamp(max=1.0), visible.sum(dim=1) > SEEN_PATCHES


def patch_loss(logits: Tensor, target: Tensor, medical: Tensor, medical_weight: float) -> Tensor:
    """Return the cross-entropy of ``(K, B, L)`` with ``(B, L)``.

    Args:
        logits: of each patch, higher for what is abnormal.
        target: in [0, 1].
        medical: bool ``(B,)``, which pictures are healthy phantoms.
        medical_weight: of their patches.
    """
    target = target.clamp(min=NORMAL_LEVEL).expand_as(logits)
    weight = torch.where(medical, medical_weight, 1.0)[:, None] * (1.0 + ABNORMAL_WEIGHT * target)
    return F.binary_cross_entropy_with_logits(logits, target, weight=weight)


def dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return 1 - Dice of ``(K, B, L)`` with ``(B, L)``, of pictures with something abnormal; 0 without any."""
    found = ((logits.sigmoid() - NORMAL_LEVEL) / (1.0 - NORMAL_LEVEL)).clamp(min=0.0)
    overlap = (2.0 * (found * target).sum(dim=2) + 1.0) / (found.sum(dim=2) + target.sum(dim=1) + 1.0)
    return (1.0 - overlap).sum() / max(1, overlap.numel())
