"""WinCLIP (Jeong et al., CVPR 2023): windows of patches against states × templates, without any training.

The paper has no public code, and its two public ports disagree, so there are two modes. ``paper`` follows the paper's
structure: whole image and windows of two scales by harmonic means. ``compatibility`` is the port with which most
published comparisons were made: windows only, weighed by how unlike the normal text they are.

With a few normal references it also compares each part of an image with theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.nets.base import NOTHING_SEEN, TRAINING_FREE, AnomalyNetwork, Logits, Prediction, refuse_weights
from acd_monai.networks.references import ReferenceBank, References, nearest_distance
from acd_monai.networks.similarity import similarity
from acd_monai.networks.text_features import encode_states
from acd_monai.networks.windows import SIDES, encode_windows, harmonic_over_windows, mean_over_windows

__all__ = ["WinCLIP"]

TEMPERATURES = {"paper": 0.07, "compatibility": 0.01}


class ImageFeatures(NamedTuple):
    """Unit vectors of images, float32.

    Attributes:
        whole: ``(B, 1, D)``.
        patches: ``(B, h·w, width)`` after the last block and ln_post, not projected.
        small, large: of the windows of both scales, ``(B, windows, D)``.
    """

    whole: Tensor
    patches: Tensor
    small: Tensor
    large: Tensor


class WinCLIP(AnomalyNetwork):
    """WinCLIP on any CLIP; the authors run ViT-B-16-plus-240 with exact GELU at 240 pixels.

    Args:
        backbone: the frozen CLIP.
        mode: ``"paper"`` or ``"compatibility"``.
        temperature: what cosines are divided by before the softmax; None: the mode's own, 0.07 or 0.01.
        references: normal images for the few-shot form, of each of the detector's nouns in order, or one for all nouns;
            none: zero-shot.
        weights: None; WinCLIP has none but the backbone's.

    Raises:
        ConfigError: an unknown mode, a temperature that is not positive, weights, or references that are no
            images.
    """

    def __init__(
        self,
        backbone: ClipBackbone,
        mode: str = "paper",
        *,
        temperature: float | None = None,
        references: Sequence[References] = (),
        weights: str | Path | None = None,
    ) -> None:
        super().__init__()
        refuse_weights(weights, "WinCLIP")
        if mode not in TEMPERATURES:
            raise ConfigError(f"mode is {mode!r}; wanted one of {', '.join(TEMPERATURES)}")
        if temperature is not None and temperature <= 0:
            raise ConfigError(f"temperature is {temperature}; wanted a number above 0, or null for the mode's own")
        self.backbone = backbone
        self.mode = mode
        self.temperature = TEMPERATURES[mode] if temperature is None else float(temperature)
        for one in references:
            backbone.grid_of(*one.images.shape[-2:])
        self.references: ReferenceBank[ImageFeatures] = ReferenceBank(references)
        self.provenance, self.notes = TRAINING_FREE, NOTHING_SEEN
        if references:
            self.provenance, self.notes = self.references.provenance, self.references.notes

    def settings(self) -> dict[str, Any]:
        """Return what was chosen."""
        return {"mode": self.mode, "temperature": self.temperature, "references": self.references.shots}

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(D, 2)``: of each state the unit vector of the mean of its sentences, not made unit before."""
        return encode_states(self.backbone, normal, abnormal, lambda state: F.normalize(state.mean(dim=0), dim=0))

    def encode_image(self, image: Tensor) -> ImageFeatures:
        """Return all that is compared of images ``(B, 3, H, W)``."""
        tokens = self.backbone.run_image(image).tokens
        whole, patches = self.backbone.project_image(tokens[:, :1]), self.backbone.clip.visual.ln_post(tokens[:, 1:])
        windows = [encode_windows(self.backbone, image, side) for side in SIDES]
        return ImageFeatures(*(F.normalize(part.float(), dim=-1) for part in (whole, patches, *windows)))

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Zero-shot logits of whole images, and of each scale the mean over the windows that cover a patch."""
        grid, features = self.backbone.grid_of(*image.shape[-2:]), self.encode_image(image)
        with torch.autocast(image.device.type, enabled=False):
            pixel = [
                torch.stack([mean_over_windows(one, grid, side) for one in self._compare(windows, text).unbind(-1)], 1)
                for side, windows in zip(SIDES, (features.small, features.large), strict=True)
            ]
            return Logits(self._compare(features.whole, text)[:, 0], torch.stack(pixel))

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map, both in [0, 1] as the ports have them: the map on the patch grid, enlarged bilinearly.

        Raises:
            ConfigError: there are references of several nouns, see :meth:`predict_nouns`.
        """
        if self.references.nouns > 1:
            raise ConfigError(f"WinCLIP has references of {self.references.nouns} nouns; say which one an image shows")
        return self._score(image, text, self._known(0) if self.references.nouns else None)

    def predict_nouns(self, image: Tensor, text: Tensor, noun_index: Tensor) -> Prediction:
        """As :meth:`predict`, each image beside the references of its noun."""
        if self.references.nouns <= 1:
            return self.predict(image, text)
        score, anomaly_map = image.new_empty(len(image)), image.new_empty(len(image), 1, *image.shape[-2:])
        for noun in noun_index.unique().tolist():
            own = noun_index == noun
            score[own], anomaly_map[own] = self._score(image[own], text[own], self._known(noun))
        return Prediction(score, anomaly_map)

    def _score(self, image: Tensor, text: Tensor, known: ImageFeatures | None) -> Prediction:
        grid, features = self.backbone.grid_of(*image.shape[-2:]), self.encode_image(image)
        with torch.autocast(image.device.type, enabled=False):
            if self.mode == "paper":
                score, grid_map = self.paper_scores(features, known, text, grid)
                return Prediction(score, _enlarge(grid_map, image))
            anomaly_map = _enlarge(self.compatibility_map(features, known, text, grid), image)
            return Prediction(anomaly_map.amax(dim=(1, 2, 3)), anomaly_map)

    def paper_scores(
        self, features: ImageFeatures, known: ImageFeatures | None, text: Tensor, grid: tuple[int, int]
    ) -> tuple[Tensor, Tensor]:
        """Image scores ``(B,)`` and maps ``(B, h, w)``: whole image and both scales by their harmonic mean."""
        score = self._compare(features.whole, text).softmax(-1)[:, 0, 1]
        inverse = [
            mean_over_windows(1 / self._compare(windows, text).softmax(-1)[..., 1], grid, side)
            for side, windows in zip(SIDES, (features.small, features.large), strict=True)
        ]
        grid_map = 3 / (1 / score[:, None, None] + inverse[0] + inverse[1])
        if known is None:
            return score, grid_map
        visual = (
            rearrange(nearest_distance(features.patches, known.patches), "b (h w) -> b h w", h=grid[0])
            + harmonic_over_windows(nearest_distance(features.small, known.small), grid, SIDES[0])
            + harmonic_over_windows(nearest_distance(features.large, known.large), grid, SIDES[1])
        ) / 3
        return (score + visual.amax(dim=(1, 2))) / 2, (grid_map + visual) / 2

    def compatibility_map(
        self, features: ImageFeatures, known: ImageFeatures | None, text: Tensor, grid: tuple[int, int]
    ) -> Tensor:
        """Maps ``(B, h, w)``: one minus the harmonic mean of how normal the windows look, halved."""
        weights = [
            mean_over_windows(1 / self._compare(windows, text).softmax(-1)[..., 0], grid, side)
            for side, windows in zip(SIDES, (features.small, features.large), strict=True)
        ]
        textual = (1 - 2 / (weights[0] + weights[1])).clamp(min=0)  # rounding may take it a hair below
        if known is None:
            return textual / 2
        small, large = nearest_distance(features.small, known.small), nearest_distance(features.large, known.large)
        # The port compares the first window of the larger scale with the references' windows of the smaller one.
        large = torch.cat([nearest_distance(features.large[:, :1], known.small), large[:, 1:]], dim=1)
        visual = (mean_over_windows(small, grid, SIDES[0]) + mean_over_windows(large, grid, SIDES[1])) / 2
        return 1 / (1 / textual + 1 / visual)

    def _compare(self, features: Tensor, text: Tensor) -> Tensor:
        """Logits ``(B, n, 2)`` of features ``(B, n, D)`` against text ``(B, D, 2)`` or one ``(D, 2)`` for all."""
        return similarity(features, text, scale=1 / self.temperature)

    def _known(self, noun: int) -> ImageFeatures:
        """Return the parts of all references of a noun in one row, encoded one image at a time."""

        def encode(images: Tensor) -> ImageFeatures:
            each = [self.encode_image(image[None]) for image in images]
            return ImageFeatures(*(torch.cat(same, dim=1)[0] for same in zip(*each, strict=True)))

        return self.references.features(noun, encode, self.backbone.clip.visual.parameters())


def _enlarge(grid_map: Tensor, image: Tensor) -> Tensor:
    return F.interpolate(grid_map[:, None], image.shape[-2:], mode="bilinear", align_corners=False)
