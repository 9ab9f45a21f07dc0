"""CLIP-AD (Chen et al., 2024): staged dual path (SDP), and with four trained linear maps SDP+.

Beside CLIP's own path runs a second one of value-value attention alone, begun anew at every quarter of the tower; what
it gathers is compared with the text, after the two classes have been weighted by how the class token sees them. SDP+
adds the probabilities that linear maps of the first path's patches give.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.blocks import LevelHeads, empty_heads
from acd_monai.networks.class_scores import stretched_sum
from acd_monai.networks.depths import quarters
from acd_monai.networks.nets.base import (
    NOTHING_SEEN,
    TRAINING_FREE,
    AnomalyNetwork,
    Logits,
    Prediction,
    refuse_weights,
    watch_weights,
)
from acd_monai.networks.official import OfficialFormat, load_adapters
from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.similarity import similarity, summed_probability
from acd_monai.networks.smoothing import scipy_gaussian
from acd_monai.networks.staged_path import run_staged_path
from acd_monai.networks.text_features import densest_direction, encode_states, mean_direction

__all__ = ["CLIPAD", "Compared"]

VARIANTS = ("sdp", "sdp_plus")
TEXT_MODES = ("mean", "dbscan")


class Compared(NamedTuple):
    """Images compared with text, normal then abnormal.

    Attributes:
        whole: logits ``(B, 2)`` of the class token.
        surgery: signed comparisons ``(levels, B, 2, h, w)`` of the value-value path.
        mapped: logits ``(levels, B, 2, h, w)`` of the linear maps; None for SDP.
    """

    whole: Tensor
    surgery: Tensor
    mapped: Tensor | None


class CLIPAD(AnomalyNetwork):
    """CLIP-AD on any CLIP whose vision depth has quarters.

    Args:
        backbone: the frozen CLIP; the authors run ViT-B-16-plus-240, laion400m_e31, with GELU at 240 pixels.
        variant: ``"sdp"``, training-free, or ``"sdp_plus"``, which is trained; None: SDP+ with weights, SDP without.
        text_mode: what stands for a state's sentences: their ``"mean"``, or the mean of the largest ``"dbscan"``
            cluster.
        dbscan: radius and least neighbours of a cluster; VisA: (1.5, 25).
        sigma: of the Gaussian over the map, in pixels; SDP+ on VisA: 2.
        weights: of SDP+: the authors' ``.pth`` or this project's ``.safetensors``; None: seeded, untrained.
        seed: of the initial weights of SDP+.

    Raises:
        ConfigError: the depth has no quarters, a value that is not one of those above, or weights for SDP,
            which has none.
        WeightsError: the weights are not there or do not fit.
    """

    official = OfficialFormat(part="linear_layers", empty=empty_heads)

    def __init__(
        self,
        backbone: ClipBackbone,
        *,
        variant: str | None = None,
        text_mode: str = "dbscan",
        dbscan: Sequence[float] = (0.5, 15),
        sigma: float = 8.0,
        weights: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.variant = variant or ("sdp" if weights is None else "sdp_plus")
        if self.variant not in VARIANTS:
            raise ConfigError(f"variant is {variant!r}; wanted one of {', '.join(VARIANTS)}")
        if text_mode not in TEXT_MODES:
            raise ConfigError(f"text_mode is {text_mode!r}; wanted one of {', '.join(TEXT_MODES)}")
        if len(dbscan) != 2 or dbscan[0] <= 0 or dbscan[1] < 1 or sigma < 0:
            raise ConfigError(
                f"dbscan is {list(dbscan)} and sigma {sigma}; wanted a radius above 0 and a number of neighbours from "
                f"1 on, for example [0.5, 15], and a sigma of at least 0"
            )
        self.backbone = backbone
        self.levels = quarters(backbone, "CLIP-AD")
        self.text_mode, self.dbscan, self.sigma = text_mode, (float(dbscan[0]), int(dbscan[1])), float(sigma)
        self.provenance, self.notes = TRAINING_FREE, NOTHING_SEEN
        self.heads: LevelHeads | None = None
        if self.variant == "sdp":
            refuse_weights(weights, "CLIP-AD SDP")
        else:
            with torch_seed(seed):
                self.heads = LevelHeads(backbone.width, backbone.embed_dim, len(self.levels))
            method = f"CLIP-AD SDP+ on backbone {backbone.name}"
            loaded = load_adapters(
                self.adapters(), weights, self.official, owner=type(self).__name__, method=method, seed=seed
            )
            self.provenance, self.notes = loaded.provenance, loaded.notes
            watch_weights(self)

    def settings(self) -> dict[str, Any]:
        """Return what was chosen beside the weights."""
        text = {"text_mode": self.text_mode} | ({"dbscan": list(self.dbscan)} if self.text_mode == "dbscan" else {})
        return {"variant": self.variant, "levels": self.levels, "sigma": self.sigma, **text}

    def adapters(self) -> nn.ModuleDict:
        """The trainable part of SDP+, under the authors' names ``fc.{level}.{weight,bias}``; SDP has none."""
        return nn.ModuleDict() if self.heads is None else self.heads.named()

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(D, 2)``: the representative direction of the normal and of the abnormal sentences."""
        eps, min_samples = self.dbscan
        densest = partial(densest_direction, eps=eps, min_samples=min_samples)
        represent = densest if self.text_mode == "dbscan" else mean_direction
        return encode_states(self.backbone, normal, abnormal, represent)

    def compare(self, image: Tensor, text: Tensor) -> Compared:
        """Compare images ``(B, 3, H, W)`` with text ``(B, D, 2)`` or one ``(D, 2)`` for all."""
        original, values = run_staged_path(self.backbone, image, self.levels)
        surgery = []
        for level in values:
            alike = similarity(self.backbone.project_image(level), text, scale=1.0)
            weighted = 2 * alike[:, :1].softmax(dim=-1) * alike
            surgery.append(weighted - weighted.mean(dim=-1, keepdim=True))
        grid = partial(rearrange, pattern="b (h w) k -> b k h w", h=self.backbone.grid_of(*image.shape[-2:])[0])
        mapped = [] if self.heads is None else self.heads([level[:, 1:] for level in original])
        return Compared(
            similarity(self.backbone.project_image(original[-1][:, 0]), text),
            torch.stack([grid(level[:, 1:]) for level in surgery]),
            torch.stack([grid(similarity(level, text)) for level in mapped]) if mapped else None,
        )

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of images ``(B, 3, H, W)`` against text ``(B, D, 2)`` or one ``(D, 2)`` for all; four levels.

        Those of patches are what SDP+ is trained on; SDP, which is not trained, gives its signed comparisons there.
        """
        whole, surgery, mapped = self.compare(image, text)
        return Logits(whole, surgery if mapped is None else mapped)

    def raw_map(self, compared: Compared, size: Sequence[int]) -> Tensor:
        """Return the authors' map ``(B, 1, *size)``: in [-4, 4] for SDP, in [-4, 8] for SDP+."""
        surgery = compared.surgery.sum(dim=0)[:, 1:]
        raw = F.interpolate(surgery, size=tuple(size), mode="bilinear", align_corners=False)
        if compared.mapped is not None:
            raw = raw + summed_probability(compared.mapped, size)
        return scipy_gaussian(raw, self.sigma)

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map: the authors' map, moved and stretched from its range to [0, 1], in the same order.

        The authors' score needs all test images of a class (:meth:`class_scores`); of one image it is the mean of the
        class token's probability and the map's maximum.
        """
        compared = self.compare(image, text)
        lowest, highest = -len(self.levels), len(self.levels) * (1 if compared.mapped is None else 2)
        scaled = (self.raw_map(compared, image.shape[-2:]) / (highest - lowest)) - lowest / (highest - lowest)
        anomaly_map = scaled.clamp(0, 1)
        score = (compared.whole.softmax(dim=1)[:, 1] + anomaly_map.amax(dim=(1, 2, 3))) / 2
        return Prediction(score, anomaly_map)

    def class_scores(self, scores: Tensor, peaks: Tensor) -> Tensor:
        """Return half of the authors' scores: class token and map's maximum, each stretched over the class, summed.

        An image's own score is the mean of these two parts.
        """
        return stretched_sum(2 * scores - peaks, peaks) / 2
