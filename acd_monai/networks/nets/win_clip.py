"""WinCLIP (Jeong et al., CVPR 2023): windows of patches against states × templates, without any training.

The paper has no public code, and its two public ports disagree, so there are two modes. ``paper`` follows the paper's
structure: whole image and windows of two scales by harmonic means. ``compatibility`` is the port with which most
published comparisons were made: windows only, weighed by how unlike the normal text they are.

With a few normal references it also compares each part of an image with theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.kept import Kept
from acd_monai.networks.nets.base import NOTHING_SEEN, TRAINING_FREE, AnomalyNetwork, Logits, Prediction, refuse_weights
from acd_monai.networks.similarity import similarity
from acd_monai.networks.text_features import encode_states
from acd_monai.networks.weights import Provenance, sha256_of_tensors
from acd_monai.networks.windows import harmonic_over_windows, mean_over_windows, patches_of_windows

__all__ = ["References", "WinCLIP"]

TEMPERATURES = {"paper": 0.07, "compatibility": 0.01}
SCALES = (2, 3)
WINDOWS_AT_ONCE = 4096
"""Windows run as one batch: at ViT-L's width 0.7 GB for the widest layer, whatever the size of the image."""

_SMALLEST_DISTANCE = 1e-6
"""To a reference: identical parts must not make a harmonic mean divide by zero."""


class References(NamedTuple):
    """Normal images to compare with.

    Attributes:
        images: ``(k, 3, H, W)``, normalised, of the size at which the network is run.
        notes: what is said of their origin, as of weights; empty: nothing is known.
    """

    images: Tensor
    notes: Mapping[str, Any]


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
        references: normal images for the few-shot form; None: zero-shot.
        weights: None; WinCLIP has none but the backbone's.

    Raises:
        ConfigError: an unknown mode, a temperature that is not positive, weights, or references that are no
            images.
    """

    references: Tensor | None

    def __init__(
        self,
        backbone: ClipBackbone,
        mode: str = "paper",
        *,
        temperature: float | None = None,
        references: References | None = None,
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
        self.provenance, self.notes = TRAINING_FREE, NOTHING_SEEN
        self.register_buffer("references", None, persistent=False)
        self._of_references: Kept[ImageFeatures] = Kept()
        if references is not None:
            self.add_references(*references)

    def add_references(self, images: Tensor, notes: Mapping[str, Any] | None = None) -> None:
        """Compare with these normal images as well: normalised ``(k, 3, H, W)``; ``notes`` as in References.

        Raises:
            ConfigError: no image, or another shape than those before.
        """
        if images.ndim != 4 or images.shape[1] != 3 or not len(images):
            raise ConfigError(f"references have shape {tuple(images.shape)}; wanted (k, 3, H, W) with k at least 1")
        self.backbone.grid_of(*images.shape[-2:])
        if self.references is not None:
            if self.references.shape[1:] != images.shape[1:]:
                raise ConfigError(
                    f"references have shape {tuple(images.shape)}, those before {tuple(self.references.shape)}; "
                    f"wanted one size"
                )
            images = torch.cat([self.references, images.to(self.references)])
        self.references, self.notes = images, dict(notes or {})
        source = f"training-free, {len(images)} normal reference{'s' if len(images) > 1 else ''}"
        self.provenance = Provenance(source, sha256_of_tensors({"references": images}), trained=True)

    def settings(self) -> dict[str, Any]:
        """Return what was chosen."""
        count = 0 if self.references is None else len(self.references)
        return {"mode": self.mode, "temperature": self.temperature, "references": count}

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(D, 2)``: of each state the unit vector of the mean of its sentences, not made unit before."""
        return encode_states(self.backbone, normal, abnormal, lambda state: F.normalize(state.mean(dim=0), dim=0))

    def encode_windows(self, image: Tensor) -> list[Tensor]:
        """Return of each scale CLIP's embeddings of its windows ``(B, windows, D)``, not normalised.

        A window is a short sequence: class token and its own patches, each with its position in the whole image.
        ln_pre works token by token, so the windows are taken from ``h_0``.
        """
        tokens, grid = self.backbone.embed_image(image), self.backbone.grid_of(*image.shape[-2:])
        scales = []
        for side in SCALES:
            inside = F.pad(patches_of_windows(grid, side) + 1, (1, 0)).to(tokens.device)
            sequences = rearrange(tokens[:, inside], "b n l c -> (b n) l c")
            ends = [self.backbone.run_image_tokens(some).tokens[:, 0] for some in sequences.split(WINDOWS_AT_ONCE)]
            scales.append(rearrange(self.backbone.project_image(torch.cat(ends)), "(b n) d -> b n d", b=len(tokens)))
        return scales

    def encode_image(self, image: Tensor) -> ImageFeatures:
        """Return all that is compared of images ``(B, 3, H, W)``."""
        tokens = self.backbone.run_image(image).tokens
        whole, patches = self.backbone.project_image(tokens[:, :1]), self.backbone.clip.visual.ln_post(tokens[:, 1:])
        return ImageFeatures(*(F.normalize(x.float(), dim=-1) for x in (whole, patches, *self.encode_windows(image))))

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Zero-shot logits of whole images, and of each scale the mean over the windows that cover a patch."""
        grid, features = self.backbone.grid_of(*image.shape[-2:]), self.encode_image(image)
        with torch.autocast(image.device.type, enabled=False):
            pixel = [
                torch.stack([mean_over_windows(one, grid, side) for one in self._compare(windows, text).unbind(-1)], 1)
                for side, windows in zip(SCALES, (features.small, features.large), strict=True)
            ]
            return Logits(self._compare(features.whole, text)[:, 0], torch.stack(pixel))

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map, both in [0, 1] as the ports have them: the map on the patch grid, enlarged bilinearly."""
        grid = self.backbone.grid_of(*image.shape[-2:])
        features, known = self.encode_image(image), self._reference_features()
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
        inverse = 1 / score[:, None, None]
        for side, windows in zip(SCALES, (features.small, features.large), strict=True):
            inverse = inverse + 1 / harmonic_over_windows(self._compare(windows, text).softmax(-1)[..., 1], grid, side)
        grid_map = (1 + len(SCALES)) / inverse
        if known is None:
            return score, grid_map
        visual = (
            rearrange(_distance(features.patches, known.patches), "b (h w) -> b h w", h=grid[0])
            + harmonic_over_windows(_distance(features.small, known.small), grid, SCALES[0])
            + harmonic_over_windows(_distance(features.large, known.large), grid, SCALES[1])
        ) / 3
        return (score + visual.amax(dim=(1, 2))) / 2, (grid_map + visual) / 2

    def compatibility_map(
        self, features: ImageFeatures, known: ImageFeatures | None, text: Tensor, grid: tuple[int, int]
    ) -> Tensor:
        """Maps ``(B, h, w)``: one minus the harmonic mean of how normal the windows look, halved."""
        weights = [
            mean_over_windows(1 / self._compare(windows, text).softmax(-1)[..., 0], grid, side)
            for side, windows in zip(SCALES, (features.small, features.large), strict=True)
        ]
        textual = (1 - 2 / (weights[0] + weights[1])).clamp(min=0)  # rounding may take it a hair below
        if known is None:
            return textual / 2
        small, large = _distance(features.small, known.small), _distance(features.large, known.large)
        # The port compares the first window of the larger scale with the references' windows of the smaller one.
        large = torch.cat([_distance(features.large[:, :1], known.small), large[:, 1:]], dim=1)
        visual = (mean_over_windows(small, grid, SCALES[0]) + mean_over_windows(large, grid, SCALES[1])) / 2
        return 1 / (1 / textual + 1 / visual)

    def _compare(self, features: Tensor, text: Tensor) -> Tensor:
        """Logits ``(B, n, 2)`` of features ``(B, n, D)`` against text ``(B, D, 2)`` or one ``(D, 2)`` for all."""
        return similarity(features, text, scale=1 / self.temperature)

    @torch.no_grad()
    def _reference_features(self) -> ImageFeatures | None:
        """Return the features of all references as of one image, kept until a weight changes; None without any."""
        images = self.references
        if images is None:
            return None

        def compute() -> ImageFeatures:
            each = [self.encode_image(image[None]) for image in images]
            return ImageFeatures(*(torch.cat(same, dim=1) for same in zip(*each, strict=True)))

        return self._of_references.get("references", [images, *self.backbone.clip.visual.parameters()], compute)


def _enlarge(grid_map: Tensor, image: Tensor) -> Tensor:
    return F.interpolate(grid_map[:, None], image.shape[-2:], mode="bilinear", align_corners=False)


def _distance(features: Tensor, references: Tensor) -> Tensor:
    """Half the cosine distance to the nearest reference, in (0, 1]: ``(B, n, D)``, ``(1, m, D)`` → ``(B, n)``."""
    nearest = (features @ references.mT).amax(dim=-1)
    return ((1 - nearest) / 2).clamp(min=_SMALLEST_DISTANCE)
