"""Plain CLIP (Radford et al., 2021), with nothing added: the floor that every method has to stand above.

The image embedding and the patch tokens of the last block, which CLIP never trained, go through the last norm and the
projection and are compared with the two texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor

from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.nets.base import NOTHING_SEEN, TRAINING_FREE, AnomalyNetwork, Logits, Prediction, refuse_weights
from acd_monai.networks.similarity import similarity
from acd_monai.networks.text_features import encode_states

__all__ = ["CLIPZeroShot"]


class CLIPZeroShot(AnomalyNetwork):
    """Plain CLIP on any backbone.

    Args:
        backbone: the frozen CLIP.
        weights: None; plain CLIP has none but the backbone's.

    Raises:
        ConfigError: weights are given.
    """

    def __init__(self, backbone: ClipBackbone, *, weights: str | Path | None = None) -> None:
        super().__init__()
        refuse_weights(weights, "plain CLIP")
        self.backbone = backbone
        self.provenance, self.notes = TRAINING_FREE, NOTHING_SEEN

    def settings(self) -> dict[str, Any]:
        """Return nothing: there is nothing to choose."""
        return {}

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(D, 2)``: the direction of the mean normal and the mean abnormal sentence."""
        return encode_states(self.backbone, normal, abnormal)

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of images ``(B, 3, H, W)`` against text ``(B, D, 2)`` or one ``(D, 2)`` for all; one level."""
        grid = self.backbone.grid_of(*image.shape[-2:])
        tokens = self.backbone.project_image(self.backbone.run_image(image).tokens)
        patches = rearrange(similarity(tokens[:, 1:], text), "b (h w) k -> b k h w", h=grid[0])
        return Logits(similarity(tokens[:, 0], text), patches[None])

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map: probability of the abnormal text for the image, and for the enlarged logits of the patches."""
        logits = self(image, text)
        pixel = F.interpolate(logits.pixel[0], size=image.shape[-2:], mode="bilinear", align_corners=False)
        return Prediction(logits.image.softmax(dim=1)[:, 1], pixel.softmax(dim=1)[:, 1:])
