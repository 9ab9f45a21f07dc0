"""The training loss that AnomalyCLIP, AdaCLIP, CLIP-AD and APRIL-GAN share: focal and Dice on the map of every level.

They differ in what is added for the whole image, in whether the softmax comes before or after the maps are enlarged,
and in which classes have a Dice loss; each recipe is a few values:

============  =============  ============  ====================  =============  ==============  ========
method        image_loss     pixel_weight  softmax_after_resize  align_corners  dice_of_normal  row_dice
============  =============  ============  ====================  =============  ==============  ========
AnomalyCLIP   cross_entropy  4             False                 False          True            single
AdaCLIP       focal          1             True                  True           True            always
CLIP-AD       None           1             True                  True           False           single
APRIL-GAN     None           1             True                  True           False           single
============  =============  ============  ====================  =============  ==============  ========
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.losses.base import AnomalyLoss, LossParts
from acd_monai.losses.segmentation import binary_dice_loss, focal_loss
from acd_monai.networks.nets.base import Logits

__all__ = ["LevelwiseLoss", "LevelwiseTerms"]

IMAGE_LOSSES = ("cross_entropy", "focal", None)
ROW_DICE = ("never", "single", "always")


class LevelwiseTerms(NamedTuple):
    """The terms, before ``pixel_weight``.

    Attributes:
        image: scalar; zero where the method trains no image score.
        focal, dice_abnormal, dice_normal: ``(levels,)``; ``dice_normal`` is zero where the method has none.
    """

    image: Tensor
    focal: Tensor
    dice_abnormal: Tensor
    dice_normal: Tensor


class LevelwiseLoss(AnomalyLoss):
    """``image loss + pixel_weight · Σ over levels of (focal + Dice of the abnormal map [+ Dice of the normal map])``.

    Args:
        image_loss: ``"cross_entropy"`` on the image logits, ``"focal"`` on their softmax, or None.
        softmax_after_resize: enlarge logits and take the softmax then, or enlarge the softmax.
        align_corners: of the bilinear enlarging.
        dice_of_normal: also a Dice loss between the normal map and the inverted mask.
        pixel_weight: of the sum over levels.
        row_dice: when the Dice loss is a mean over image **rows**, each with its own sums, and not over images.
            The authors' code squeezes a batch axis of one away, so theirs is ``"single"``: for a batch of one.
            AdaCLIP's always has one image: ``"always"`` gives a batch the mean of its single-image losses.
            ``"never"`` is the loss as it was meant, and the overlays': a last batch of one image, or a batch computed
            in parts of one, is then a batch like others.

    Raises:
        ConfigError: another ``image_loss`` or ``row_dice``.
    """

    def __init__(
        self,
        *,
        image_loss: str | None = None,
        softmax_after_resize: bool = True,
        align_corners: bool = True,
        dice_of_normal: bool = False,
        pixel_weight: float = 1.0,
        row_dice: str = "single",
    ) -> None:
        super().__init__()
        if image_loss not in IMAGE_LOSSES:
            raise ConfigError(f"image_loss is {image_loss!r}; wanted one of {', '.join(map(str, IMAGE_LOSSES))}")
        if row_dice not in ROW_DICE:
            raise ConfigError(f"row_dice is {row_dice!r}; wanted one of {', '.join(ROW_DICE)}")
        self.image_loss = image_loss
        self.softmax_after_resize = softmax_after_resize
        self.align_corners = align_corners
        self.dice_of_normal = dice_of_normal
        self.pixel_weight = pixel_weight
        self.row_dice = row_dice

    def parts(self, logits: Logits, label: Tensor, mask: Tensor) -> LossParts:
        """Return the two parts of the loss; see :class:`AnomalyLoss`."""
        terms = self.terms(logits, label, mask)
        pixel = (terms.focal + terms.dice_abnormal + terms.dice_normal).sum()
        return LossParts(terms.image, self.pixel_weight * pixel)

    def terms(self, logits: Logits, label: Tensor, mask: Tensor) -> LevelwiseTerms:
        """Return the terms the parts are made of; arguments as in :meth:`parts`."""
        mask = mask.to(logits.pixel.dtype)
        maps = [self._probability(level, (mask.shape[-2], mask.shape[-1])) for level in logits.pixel]
        abnormal = torch.stack([self._dice(level[:, 1], mask[:, 0]) for level in maps])
        return LevelwiseTerms(
            self._image(logits.image, label),
            torch.stack([focal_loss(level, mask) for level in maps]),
            abnormal,
            torch.stack([self._dice(level[:, 0], 1 - mask[:, 0]) for level in maps])
            if self.dice_of_normal
            else torch.zeros_like(abnormal),
        )

    def _probability(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        if self.softmax_after_resize:
            return self._enlarge(logits, size).softmax(dim=1)
        return self._enlarge(logits.softmax(dim=1), size)

    def _enlarge(self, maps: Tensor, size: tuple[int, int]) -> Tensor:
        return F.interpolate(maps, size=size, mode="bilinear", align_corners=self.align_corners)

    def _dice(self, probability: Tensor, mask: Tensor) -> Tensor:
        """Dice loss of ``(B, H, W)``, per image or per row of each image."""
        if self.row_dice == "always" or (self.row_dice == "single" and len(mask) == 1):
            probability, mask = probability.flatten(0, 1), mask.flatten(0, 1)
        return binary_dice_loss(probability, mask)

    def _image(self, logits: Tensor, label: Tensor) -> Tensor:
        if self.image_loss == "cross_entropy":
            return F.cross_entropy(logits, label.long())
        if self.image_loss == "focal":
            return focal_loss(logits.softmax(dim=1), label[:, None].to(logits.dtype))
        return logits.new_zeros(())
