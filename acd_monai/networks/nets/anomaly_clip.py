"""AnomalyCLIP (Zhou et al., ICLR 2024): learned words around "object" and "damaged object", the same for any noun.

What is learned stands in the text alone: twelve words before each of the two sentences, and four tokens overwritten
before each of eight text blocks. The vision tower is frozen; its patches are read from a second path of value-value
attention (``dual_path.py``), in which a patch gathers what is like itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.blocks import overwrite
from acd_monai.networks.depths import quarters
from acd_monai.networks.dual_path import run_dual_path
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction, watch_weights
from acd_monai.networks.official import OfficialFormat, load_adapters
from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.similarity import similarity
from acd_monai.networks.smoothing import scipy_gaussian
from acd_monai.networks.text_features import mean_direction

__all__ = ["AnomalyCLIP"]

PLACEHOLDER = "X"
CONTEXT_LENGTH = 12
DEEP_LENGTH = 4
DEEP_BLOCKS = 8


class PromptLearner(nn.Module):
    """The trained part, under the authors' names."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.ctx_pos = nn.Parameter(0.02 * torch.randn(1, 1, CONTEXT_LENGTH, width))
        self.ctx_neg = nn.Parameter(0.02 * torch.randn(1, 1, CONTEXT_LENGTH, width))
        deep = (nn.Parameter(0.02 * torch.randn(DEEP_LENGTH, width)) for _ in range(DEEP_BLOCKS))
        self.compound_prompts_text = nn.ParameterList(deep)

    def begin(self, tokens: Tensor, positions: Tensor, normal: int) -> Tensor:
        """Write the learned words over tokens 1 … 12 of ``h_0``, ``(S, L, C)``; the first ``normal`` are normal."""
        words = [self.ctx_pos[0].expand(normal, -1, -1), self.ctx_neg[0].expand(len(tokens) - normal, -1, -1)]
        return overwrite(tokens, torch.cat(words) + positions[1 : 1 + CONTEXT_LENGTH])

    def edit(self, depth: int, tokens: Tensor) -> Tensor:
        """Write over tokens 1 … 4 before text blocks 2 … 9."""
        if not 1 <= depth <= DEEP_BLOCKS:
            return tokens
        return overwrite(tokens, self.compound_prompts_text[depth - 1].expand(len(tokens), -1, -1))


class ImageFeatures(NamedTuple):
    """Images in the shared space, not normalised.

    Attributes:
        whole: ``(B, D)``.
        levels: of each level the class token and patches of the value-value path, ``(B, 1 + L, D)``.
    """

    whole: Tensor
    levels: list[Tensor]


class AnomalyCLIP(AnomalyNetwork):
    """AnomalyCLIP on any CLIP with nine text blocks or more.

    Args:
        backbone: the frozen CLIP; the authors run ViT-L-14-336 with QuickGELU at 518 pixels.
        levels: depths at which patches are read. None: those that weights of this project were trained with; with the
            authors' checkpoint the last alone, as their published ones were trained when every level was, by an
            aliasing bug, the last one; otherwise the four quarters.
        dual_blocks: how many blocks, counted from the last, the second path runs beside. None: from the one that ends
            the first quarter on, which is the authors' 19 of 24.
        temperature: what cosines are divided by.
        sigma: of the Gaussian over the map, in pixels.
        weights: the authors' ``.pth`` or this project's ``.safetensors``; None: seeded, untrained.
        seed: of the initial weights.

    Raises:
        ConfigError: a depth or number of blocks that the backbone does not have, or another value out of range.
        WeightsError: the weights are not there or do not fit.
    """

    official = OfficialFormat(
        part="prompt_learner",
        # CLIP's own embeddings of the sentences, and projections that the authors save and never call.
        ignored=r"token_(prefix|suffix)_(pos|neg)|tokenized_prompts(_pos|_neg)?|compound_prompt_projections\..*",
        empty=lambda sizes: PromptLearner(sizes.of("ctx_pos|ctx_neg", axes=4)[-1]),
    )

    def __init__(
        self,
        backbone: ClipBackbone,
        *,
        levels: Sequence[int] | None = None,
        dual_blocks: int | None = None,
        temperature: float = 0.07,
        sigma: float = 4.0,
        weights: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if backbone.text_depth <= DEEP_BLOCKS:
            raise ConfigError(
                f"AnomalyCLIP writes prompts before text blocks 2 to {DEEP_BLOCKS + 1}; backbone {backbone.name} has "
                f"{backbone.text_depth}; wanted a text depth of {DEEP_BLOCKS + 1} or more"
            )
        if temperature <= 0 or sigma < 0:
            raise ConfigError(f"temperature is {temperature} and sigma {sigma}; wanted above 0, and 0 or more")
        self.backbone = backbone
        with torch_seed(seed):
            self.prompt_learner = PromptLearner(backbone.text_width)
        method = f"AnomalyCLIP on backbone {backbone.name}"
        loaded = load_adapters(
            self.prompt_learner, weights, self.official, owner=type(self).__name__, method=method, seed=seed
        )
        self.provenance, self.notes = loaded.provenance, loaded.notes
        watch_weights(self)
        all_levels = quarters(backbone, "AnomalyCLIP")
        trained = all_levels[-1:] if loaded.official else loaded.notes.get("settings", {}).get("levels", all_levels)
        self.levels = list(trained if levels is None else levels)
        self.dual_blocks = backbone.depth - all_levels[0] + 1 if dual_blocks is None else dual_blocks
        self.temperature, self.sigma = float(temperature), float(sigma)
        depths = range(1, backbone.depth + 1)
        if not self.levels or any(level not in depths for level in self.levels) or self.dual_blocks not in depths:
            raise ConfigError(
                f"levels are {self.levels} and dual_blocks {self.dual_blocks}; wanted numbers from 1 to the "
                f"{backbone.depth} blocks of backbone {backbone.name}"
            )

    def settings(self) -> dict[str, Any]:
        """Return what was chosen beside the weights."""
        return {name: getattr(self, name) for name in ("levels", "dual_blocks", "temperature", "sigma")}

    def adapters(self) -> nn.Module:
        """The trainable part, under the authors' names."""
        return self.prompt_learner

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(D, 2)`` of sentences that begin with twelve placeholders ``X``, where the learned words come.

        Raises:
            ConfigError: they begin with something else.
        """
        ids = self.backbone.tokenize([*normal, *abnormal]).to(self.prompt_learner.ctx_pos.device)
        (placeholder,) = self.backbone.tokenizer.encode(PLACEHOLDER)
        if ids.shape[1] <= CONTEXT_LENGTH + 1 or (ids[:, 1 : 1 + CONTEXT_LENGTH] != placeholder).any():
            raise ConfigError(
                f"AnomalyCLIP got the sentence {normal[0]!r}; wanted {CONTEXT_LENGTH} times '{PLACEHOLDER}' before its "
                "words, as configs/methods/anomaly_clip.json has them"
            )
        positions = self.backbone.clip.positional_embedding
        tokens = self.prompt_learner.begin(self.backbone.embed_text(ids), positions, len(normal))
        tower = self.backbone.run_text(tokens, edit=self.prompt_learner.edit)
        sentences = self.backbone.project_text(tower.tokens, ids).float()
        states = sentences.split([len(normal), len(abnormal)])
        return torch.stack([mean_direction(state) for state in states], dim=-1)

    def encode_image(self, image: Tensor) -> ImageFeatures:
        """Return images ``(B, 3, H, W)`` in the shared space."""
        path = run_dual_path(self.backbone, image, blocks=self.dual_blocks, levels=self.levels)
        # The authors skip ln_post for the class token, and for it alone.
        whole = path.tokens[:, 0] @ self.backbone.clip.visual.proj
        return ImageFeatures(whole, [self.backbone.project_image(level) for level in path.levels])

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of images ``(B, 3, H, W)`` against text ``(B, D, 2)`` or one ``(D, 2)`` for all."""
        grid, features = self.backbone.grid_of(*image.shape[-2:]), self.encode_image(image)
        levels = [similarity(level[:, 1:], text, scale=1 / self.temperature) for level in features.levels]
        pixel = torch.stack([rearrange(level, "b (h w) k -> b k h w", h=grid[0]) for level in levels])
        return Logits(similarity(features.whole, text, scale=1 / self.temperature), pixel)

    def raw_map(self, pixel: Tensor, size: Sequence[int]) -> Tensor:
        """Return the authors' map ``(B, 1, *size)`` in [0, levels], the sum over levels, of pixel logits.

        Their (p₁ + 1 − p₀)/2 of two probabilities that add up to one is p₁.
        """
        probability = pixel.softmax(dim=2)[:, :, 1:].sum(dim=0)
        enlarged = F.interpolate(probability, size=tuple(size), mode="bilinear", align_corners=False)
        return scipy_gaussian(enlarged, self.sigma)

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map; the map is the authors' sum over levels divided by their number."""
        logits = self(image, text)
        anomaly_map = self.raw_map(logits.pixel, image.shape[-2:]) / len(self.levels)
        return Prediction(logits.image.softmax(dim=1)[:, 1], anomaly_map.clamp(0, 1))
