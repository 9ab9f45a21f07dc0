"""What every training loss is: a part for the image's label and a part for its mask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from acd_monai.networks.nets.base import Logits

__all__ = ["AnomalyLoss", "LossParts"]


class LossParts(NamedTuple):
    """The two parts that add up to a loss, weights included.

    Attributes:
        image: scalar; zero where the method trains no image score.
        pixel: scalar.
    """

    image: Tensor
    pixel: Tensor


class AnomalyLoss(nn.Module, ABC):
    """A loss on the logits of a batch: a mean over its images, so that parts of a batch add up by their share of it."""

    def forward(self, logits: Logits, label: Tensor, mask: Tensor) -> Tensor:
        """Return the scalar loss; arguments as in :meth:`parts`."""
        image, pixel = self.parts(logits, label, mask)
        return image + pixel

    @abstractmethod
    def parts(self, logits: Logits, label: Tensor, mask: Tensor) -> LossParts:
        """Return the two parts of the loss.

        Args:
            logits: of a batch of B images.
            label: ``(B,)``, 0 normal or 1 abnormal.
            mask: ``(B, 1, H, W)`` of 0 and 1, at the images' size.
        """
