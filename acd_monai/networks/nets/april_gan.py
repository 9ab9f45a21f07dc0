"""APRIL-GAN (Chen et al., 2023, zero-shot winner of VAND): four linear maps of patch tokens, compared with an ensemble.

The tokens of four depths, as the blocks leave them, are mapped to the shared space by one linear layer each. The map is
the sum of four probabilities; the image score is plain CLIP's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn

from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.blocks import LevelHeads, empty_heads
from acd_monai.networks.depths import quarters
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction, watch_weights
from acd_monai.networks.official import OfficialFormat, load_adapters
from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.similarity import similarity, summed_probability
from acd_monai.networks.text_features import encode_states

__all__ = ["APRILGAN"]


class APRILGAN(AnomalyNetwork):
    """APRIL-GAN on any CLIP whose vision depth has quarters.

    Args:
        backbone: the frozen CLIP; the authors run ViT-L-14-336 with exact GELU at 518 pixels.
        weights: the authors' ``.pth`` or this project's ``.safetensors``; None: seeded, untrained.
        seed: of the initial weights.

    Raises:
        ConfigError: the depth has no quarters.
        WeightsError: the weights are not there or do not fit.
    """

    official = OfficialFormat(part="trainable_linearlayer", empty=empty_heads)

    def __init__(self, backbone: ClipBackbone, *, weights: str | Path | None = None, seed: int = 0) -> None:
        super().__init__()
        self.backbone = backbone
        self.levels = quarters(backbone, "APRIL-GAN")
        with torch_seed(seed):
            self.heads = LevelHeads(backbone.width, backbone.embed_dim, len(self.levels))
        method = f"APRIL-GAN on backbone {backbone.name}"
        loaded = load_adapters(
            self.adapters(), weights, self.official, owner=type(self).__name__, method=method, seed=seed
        )
        self.provenance, self.notes = loaded.provenance, loaded.notes
        watch_weights(self)

    def settings(self) -> dict[str, Any]:
        """Return the depths at which patches are read."""
        return {"levels": self.levels}

    def adapters(self) -> nn.ModuleDict:
        """The trainable part, under the authors' names ``fc.{level}.{weight,bias}``."""
        return self.heads.named()

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(D, 2)``: the direction of the mean normal and the mean abnormal sentence."""
        return encode_states(self.backbone, normal, abnormal)

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of images ``(B, 3, H, W)`` against text ``(B, D, 2)`` or one ``(D, 2)`` for all; four levels."""
        grid = self.backbone.grid_of(*image.shape[-2:])
        tower = self.backbone.run_image(image, taps=self.levels)
        features = self.heads([tower.taps[level][:, 1:] for level in self.levels])
        pixel = [rearrange(similarity(level, text), "b (h w) k -> b k h w", h=grid[0]) for level in features]
        return Logits(similarity(self.backbone.project_image(tower.tokens[:, 0]), text), torch.stack(pixel))

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map; the map is the authors' sum over levels divided by their number."""
        logits = self(image, text)
        anomaly_map = summed_probability(logits.pixel, image.shape[-2:]) / len(self.levels)
        return Prediction(logits.image.softmax(dim=1)[:, 1], anomaly_map)
