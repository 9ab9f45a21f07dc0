"""Focal and Dice losses on two-class probability maps, in the form shared by the zero-shot anomaly methods.

They differ from MONAI's in small constants that published training runs depend on.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.losses.base import AnomalyLoss, LossParts
from acd_monai.networks.nets.base import Logits

__all__ = ["ACDCLIPLoss", "binary_dice_loss", "focal_loss"]

_EPSILON = 1e-5


def focal_loss(probability: Tensor, mask: Tensor) -> Tensor:
    """Focal loss with gamma 2 (Lin et al., 2017).

    Args:
        probability: ``(B, 2, …)``, normal then abnormal, in [0, 1].
        mask: ``(B, 1, …)`` of 0 and 1.

    Returns:
        Scalar: mean of −(1 − pt)²·log pt, with smoothed one-hot targets.
    """
    one_hot = torch.cat([1 - mask, mask], dim=1).clamp(_EPSILON, 1 - _EPSILON)
    target_probability = (one_hot * probability).sum(dim=1) + _EPSILON
    return -((1 - target_probability) ** 2 * target_probability.log()).mean()


def binary_dice_loss(probability: Tensor, mask: Tensor) -> Tensor:
    """One minus the mean over the batch of (2·Σpt + 1) / (Σp + Σt + 1); both ``(B, …)``."""
    probability, mask = probability.flatten(1), mask.flatten(1)
    overlap = (probability * mask).sum(dim=1)
    return 1 - ((2 * overlap + 1) / (probability.sum(dim=1) + mask.sum(dim=1) + 1)).mean()


class ACDCLIPLoss(AnomalyLoss):
    """ACD-CLIP's training loss: image cross-entropy, and focal plus two Dice losses on the unblurred map."""

    def parts(self, logits: Logits, label: Tensor, mask: Tensor) -> LossParts:
        """Return the two parts of the loss; see :class:`AnomalyLoss`."""
        pixel = logits.pixel.mean(dim=0)
        probability = F.interpolate(pixel, size=mask.shape[-2:], mode="bilinear", align_corners=True).softmax(dim=1)
        mask = mask.to(probability.dtype)
        pixel_loss = (
            focal_loss(probability, mask)
            + binary_dice_loss(probability[:, :1], 1 - mask)
            + binary_dice_loss(probability[:, 1:], mask)
        )
        return LossParts(F.cross_entropy(logits.image, label.long()), pixel_loss)
