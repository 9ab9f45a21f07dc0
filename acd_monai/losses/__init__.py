"""Training losses."""

from __future__ import annotations

from acd_monai.losses.levelwise import LevelwiseLoss, LevelwiseParts
from acd_monai.losses.segmentation import ACDCLIPLoss, binary_dice_loss, focal_loss

__all__ = ["ACDCLIPLoss", "LevelwiseLoss", "LevelwiseParts", "binary_dice_loss", "focal_loss"]
