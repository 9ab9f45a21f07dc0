"""Two simple ways to find what is unlike the rest of a picture: what a trained model has to be better than."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from acd_monai.networks import AnomalyNetwork, ClipBackbone, Logits, Prediction
from acd_monai.networks.nets.base import NOTHING_SEEN, TRAINING_FREE

__all__ = ["IntensityOutlier", "PatchDistance"]


class Baseline(AnomalyNetwork):
    """A picture's own grey values, without CLIP; the backbone lends its picture size alone.

    Args:
        backbone: any.
        weights: not used; None.
    """

    def __init__(self, backbone: ClipBackbone, weights: None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.provenance, self.notes = TRAINING_FREE, NOTHING_SEEN

    def settings(self) -> dict[str, Any]:
        """Return nothing: there is nothing to choose."""
        return {}

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return nothing: no text is read."""
        return torch.zeros(1)

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """There is nothing to train."""
        raise TypeError("a baseline has no logits")

    def find(self, grey: Tensor) -> Tensor:
        """Return how odd each pixel of ``(1, H, W)`` is, from 0."""
        raise TypeError("this is no baseline by itself")

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score, the largest value, and map ``d / (1 + d)`` of the distances ``d``."""
        grey = image.mean(dim=1, keepdim=True)
        distance = torch.stack([self.find(picture) for picture in grey])
        anomaly_map = distance / (1.0 + distance)
        return Prediction(anomaly_map.amax(dim=(1, 2, 3)), anomaly_map)


class IntensityOutlier(Baseline):
    """Smoothed grey values far from the picture's median, in median deviations, background left out."""

    SIGMA = 4.0
    BACKGROUND = 0.05
    """Of the way from the darkest to the brightest pixel."""

    def find(self, grey: Tensor) -> Tensor:
        """Return robust z-scores ``(1, H, W)``."""
        smooth = gaussian_blur(grey, [25, 25], [self.SIGMA, self.SIGMA])
        inside = smooth > smooth.min() + self.BACKGROUND * (smooth.max() - smooth.min())
        away = (smooth - smooth[inside].median()).abs()
        return torch.where(inside, away / (1.4826 * away[inside].median() + 1e-6), 0.0)


class PatchDistance(Baseline):
    """Patches far from the plane of the picture's own principal patches, in medians of that distance."""

    PATCH, STRIDE, COMPONENTS = 16, 4, 12

    def find(self, grey: Tensor) -> Tensor:
        """Return distances ``(1, H, W)``."""
        patches = F.unfold(grey[None], self.PATCH, stride=self.STRIDE)[0].T
        centred = patches - patches.mean(dim=0)
        _, _, components = torch.pca_lowrank(centred, self.COMPONENTS, center=False, niter=4)
        distance = (centred - centred @ components @ components.T).norm(dim=1)
        distance = distance / (distance.median() + 1e-6)
        side = (grey.shape[-1] - self.PATCH) // self.STRIDE + 1
        return F.interpolate(distance.view(1, 1, -1, side), size=grey.shape[-2:], mode="bilinear")[0]
