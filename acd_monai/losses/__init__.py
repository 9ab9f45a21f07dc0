"""Training losses."""

from __future__ import annotations

from acd_monai.losses.base import AnomalyLoss, LossParts
from acd_monai.losses.levelwise import LevelwiseLoss, LevelwiseTerms
from acd_monai.losses.segmentation import ACDCLIPLoss, binary_dice_loss, focal_loss

__all__ = [
    "ACDCLIPLoss",
    "AnomalyLoss",
    "LevelwiseLoss",
    "LevelwiseTerms",
    "LossParts",
    "binary_dice_loss",
    "focal_loss",
]
