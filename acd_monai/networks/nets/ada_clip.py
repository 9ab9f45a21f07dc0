"""AdaCLIP (Cao et al., ECCV 2024): learned prompt tokens in both towers, partly made from the image itself.

Plain CLIP's embedding of the image gives five *dynamic* tokens for each tower; with *static* ones, learned for each of
the first four depths, they are appended to the patches and overwrite tokens of every sentence. So the text differs from
image to image: ``encode_text`` only gives token ids, and the text tower runs with the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange, repeat
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.blocks import Projections, StaticPrompts, overwrite
from acd_monai.networks.depths import QUARTERS, quarters
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction, watch_weights
from acd_monai.networks.official import OfficialFormat, Sizes, load_adapters
from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.semantic_fusion import fuse_semantics
from acd_monai.networks.similarity import similarity
from acd_monai.networks.smoothing import scipy_gaussian

__all__ = ["AdaCLIP"]

PROMPT_LENGTH = 5
PROMPTED_BLOCKS = 4
FUSED_SHARE = 0.2


class Adapters(nn.Module):
    """The trained part, under the authors' names; the text tower's first static prompts are never used."""

    def __init__(self, width: int, text_width: int, shared: int) -> None:
        super().__init__()
        self.text_prompter = StaticPrompts(text_width, PROMPT_LENGTH, PROMPTED_BLOCKS)
        self.visual_prompter = StaticPrompts(width, PROMPT_LENGTH, PROMPTED_BLOCKS)
        self.patch_token_layer = Projections(width, shared, QUARTERS)
        self.cls_token_layer = Projections(shared, shared, 1)
        self.dynamic_visual_prompt_generator = Projections(shared, width, PROMPT_LENGTH)
        self.dynamic_text_prompt_generator = Projections(shared, text_width, PROMPT_LENGTH)

    @classmethod
    def empty(cls, sizes: Sizes) -> Adapters:
        """Make them of the sizes that a file has."""
        width, text_width = (sizes.of(rf"{tower}_prompter\..*", axes=2)[-1] for tower in ("visual", "text"))
        return cls(width, text_width, sizes.of(r"patch_token_layer\..*", axes=2)[0])


class ImageFeatures(NamedTuple):
    """Unit vectors of images.

    Attributes:
        whole: ``(B, D)``.
        patches: ``(levels, B, L, D)``.
    """

    whole: Tensor
    patches: Tensor


class AdaCLIP(AnomalyNetwork):
    """AdaCLIP on any CLIP whose vision depth has quarters and whose text depth is at least four.

    The authors run one image at a time; here a batch gives the same numbers.

    Args:
        backbone: the frozen CLIP; the authors run ViT-L-14-336 with exact GELU at 518 pixels.
        fusion: Hybrid Semantic Fusion: the image score also looks at clusters of the most abnormal patches.
        clusters: of that fusion.
        sigma: of the Gaussian over the map, in pixels.
        weights: the authors' ``.pth`` or this project's ``.safetensors``; None: seeded, untrained.
        seed: of the initial weights.

    Raises:
        ConfigError: a depth that is not allowed, or a value out of range.
        WeightsError: the weights are not there or do not fit.
    """

    official = OfficialFormat(prefix="clip_model.", empty=Adapters.empty)

    def __init__(
        self,
        backbone: ClipBackbone,
        *,
        fusion: bool = True,
        clusters: int = 20,
        sigma: float = 4.0,
        weights: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if clusters < 1 or sigma < 0:
            raise ConfigError(f"clusters are {clusters} and sigma {sigma}; wanted 1 or more, and 0 or more")
        if backbone.text_depth < PROMPTED_BLOCKS:
            raise ConfigError(
                f"AdaCLIP writes prompts before text blocks 2 to {PROMPTED_BLOCKS}; backbone {backbone.name} has "
                f"{backbone.text_depth}; wanted a text depth of {PROMPTED_BLOCKS} or more"
            )
        self.backbone = backbone
        self.levels = quarters(backbone, "AdaCLIP")
        self.fusion, self.clusters, self.sigma = fusion, clusters, float(sigma)
        with torch_seed(seed):
            self.added = Adapters(backbone.width, backbone.text_width, backbone.embed_dim)
        # No text block reads it, and processes that train together wait for every gradient.
        self.added.text_prompter.static_prompts[0].requires_grad_(False)
        method = f"AdaCLIP on backbone {backbone.name}"
        loaded = load_adapters(self.added, weights, self.official, owner=type(self).__name__, method=method, seed=seed)
        self.provenance, self.notes = loaded.provenance, loaded.notes
        watch_weights(self)

    def settings(self) -> dict[str, Any]:
        """Return what was chosen beside the weights."""
        return {name: getattr(self, name) for name in ("levels", "fusion", "clusters", "sigma")}

    def adapters(self) -> nn.Module:
        """The trainable part, under the authors' names."""
        return self.added

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(S, 1 + context length)``, whole numbers: of each sentence its state, 0 or 1, and its token ids."""
        ids = self.backbone.tokenize([*normal, *abnormal])
        ids = F.pad(ids, (0, self.backbone.clip.context_length - ids.shape[1]))
        states = torch.tensor([[0]] * len(normal) + [[1]] * len(abnormal))
        return torch.cat([states, ids], dim=1).to(self.backbone.clip.token_embedding.weight.device)

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of images ``(B, 3, H, W)`` against text ``(B, S, …)`` or one ``(S, …)`` for all; four levels."""
        grid = self.backbone.grid_of(*image.shape[-2:])
        plain = self.backbone.encode_image(image).detach()
        features = self.encode_prompted_image(image, plain)
        words = self.encode_prompted_text(text.expand(len(image), -1, -1), plain)
        pixel = torch.stack([similarity(level, words) for level in features.patches])
        whole = features.whole
        if self.fusion:
            abnormality = pixel.mean(dim=0).softmax(dim=-1)[..., 1]
            fused = fuse_semantics(features.patches, abnormality, self.clusters)
            whole = FUSED_SHARE * fused + (1 - FUSED_SHARE) * whole
        return Logits(similarity(whole, words), rearrange(pixel, "n b (h w) k -> n b k h w", h=grid[0]))

    def encode_prompted_image(self, image: Tensor, plain: Tensor) -> ImageFeatures:
        """Run images with prompt tokens appended; ``plain`` is CLIP's embedding of each, ``(B, D)``."""
        static = self.added.visual_prompter.static_prompts
        dynamic = self.added.dynamic_visual_prompt_generator(plain)

        def edit(depth: int, tokens: Tensor) -> Tensor:
            if depth >= PROMPTED_BLOCKS:
                return tokens
            own = tokens if depth == 0 else tokens[:, :-PROMPT_LENGTH]
            return torch.cat([own, (dynamic + static[depth]).to(own.dtype)], dim=1)

        tower = self.backbone.run_image(image, taps=self.levels, edit=edit)
        patches = [
            head(tower.taps[level][:, 1:-PROMPT_LENGTH]).float()
            for head, level in zip(self.added.patch_token_layer.head, self.levels, strict=True)
        ]
        whole = self.added.cls_token_layer.head[0](self.backbone.project_image(tower.tokens[:, 0])).float()
        return ImageFeatures(F.normalize(whole, dim=-1), F.normalize(torch.stack(patches), dim=-1))

    def encode_prompted_text(self, text: Tensor, plain: Tensor) -> Tensor:
        """Return ``(B, D, 2)`` of :meth:`encode_text`'s numbers ``(B, S, …)``: all images' sentences in one batch."""
        states, ids = F.one_hot(text[..., 0], 2), rearrange(text[..., 1:], "b s l -> (b s) l")
        ids = ids[:, : int(ids.argmax(dim=1).max()) + 1]
        static = self.added.text_prompter.static_prompts
        dynamic = self.added.dynamic_text_prompt_generator(plain)

        def edit(depth: int, tokens: Tensor) -> Tensor:
            if not 1 <= depth < PROMPTED_BLOCKS:
                return tokens
            return overwrite(tokens, repeat(dynamic + static[depth], "b n c -> (b s) n c", s=text.shape[1]))

        tokens = self.backbone.run_text(self.backbone.embed_text(ids), edit=edit).tokens
        sentences = F.normalize(self.backbone.project_text(tokens, ids).float(), dim=-1)
        sentences = rearrange(sentences, "(b s) d -> b d s", b=len(text))
        with torch.autocast(text.device.type, enabled=False):
            return F.normalize(sentences @ states.to(sentences.dtype), dim=1)

    def raw_map(self, pixel: Tensor, size: Sequence[int]) -> Tensor:
        """Return the authors' map ``(B, 1, *size)`` in [0, 1] of pixel logits.

        Their (p₁ + 1 − p₀)/2 of two probabilities that add up to one is p₁.
        """
        enlarged = F.interpolate(pixel.mean(dim=0), size=tuple(size), mode="bilinear", align_corners=True)
        return scipy_gaussian(enlarged.softmax(dim=1)[:, 1:], self.sigma)

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map."""
        logits = self(image, text)
        anomaly_map = self.raw_map(logits.pixel, image.shape[-2:]).clamp(0, 1)
        return Prediction(logits.image.softmax(dim=1)[:, 1], anomaly_map)
