"""A frozen CLIP opened up: both towers, from pixels and words to tokens at any depth, shared by every method.

open_clip keeps the weights and the tokenizer; ``tower.py`` runs the blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from open_clip import SimpleTokenizer
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.architectures import build_clip
from acd_monai.networks.clip_weights import load_clip
from acd_monai.networks.kept import Kept
from acd_monai.networks.tower import Edit, Tower, run_blocks

__all__ = ["POSITION_EMBEDDING_RESIZES", "ClipBackbone", "TextStart", "at_end_of_text"]

POSITION_EMBEDDING_RESIZES: dict[str, dict[str, Any]] = {
    "bicubic_antialias": {"mode": "bicubic", "antialias": True},
    "bicubic": {"mode": "bicubic", "antialias": False},
    "bilinear": {"mode": "bilinear", "antialias": False},
}
"""How the position embedding reaches another grid; ``align_corners`` is False in all of them."""


class TextStart(NamedTuple):
    """Sentences on their way through the text tower.

    Attributes:
        ids: their token ids, ``(S, L)``.
        tokens: ``(S, L, text_width)``.
    """

    ids: Tensor
    tokens: Tensor


class ClipBackbone(nn.Module):
    """A frozen CLIP with both towers opened up.

    Args:
        architecture: ``"embedded"``, a plain ViT CLIP of open_clip's list, or a config in open_clip's form.
        activation: ``"gelu"`` or ``"quick_gelu"``, as the method's authors run it.
        position_embedding: a key of :data:`POSITION_EMBEDDING_RESIZES`, as the method's authors resize it.
        weights: a tag (``"openai"``, ``"laion400m_e31"``, …), the path of a local file, or None: seeded by name,
            reproducible and untrained.
        image_size: height and width in pixels of the images the detector feeds; None is the architecture's own.
        checkpointing: in training keep only the input of each block and run it again for its gradient: a fraction of
            the memory for one more run of the blocks, and the same gradients. Inference is as without.

    Raises:
        ConfigError: an unknown architecture, activation or resize, or a size the patches do not divide.
        WeightsError: weights are missing, unreadable, or do not fit.
    """

    def __init__(
        self,
        architecture: str | Mapping[str, Any],
        *,
        activation: str,
        position_embedding: str,
        weights: str | Path | None = None,
        image_size: int | None = None,
        checkpointing: bool = False,
    ) -> None:
        super().__init__()
        if position_embedding not in POSITION_EMBEDDING_RESIZES:
            wanted = ", ".join(POSITION_EMBEDDING_RESIZES)
            raise ConfigError(f"position_embedding is {position_embedding!r}; wanted one of {wanted}")
        self.name = architecture if isinstance(architecture, str) else "custom"
        self.position_embedding = position_embedding
        self.checkpointing = checkpointing
        self.clip: Any = build_clip(architecture, activation)
        self.provenance = load_clip(self.clip, self.name, weights)
        self.tokenizer = SimpleTokenizer(context_length=self.clip.context_length)
        self.width: int = self.clip.visual.conv1.out_channels
        self.depth: int = len(self.clip.visual.transformer.resblocks)
        self.text_width: int = self.clip.token_embedding.embedding_dim
        self.text_depth: int = len(self.clip.transformer.resblocks)
        self.embed_dim: int = self.clip.text_projection.shape[1]
        self.patch_size: int = self.clip.visual.patch_size[0]
        self.image_size: int = image_size or self.clip.visual.image_size[0]
        self.grid_of(self.image_size, self.image_size)
        self._started_text: Kept[TextStart] = Kept()
        self._sentences: Kept[Tensor] = Kept()
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> ClipBackbone:
        """Stay in eval mode, whatever the parent module is told: CLIP is frozen."""
        return super().train(False)

    def grid_of(self, height: int, width: int) -> tuple[int, int]:
        """Return the patch grid of an image of ``height`` × ``width`` pixels, or raise ConfigError."""
        if height < self.patch_size or width < self.patch_size or height % self.patch_size or width % self.patch_size:
            raise ConfigError(
                f"image of {height}×{width} pixels does not divide into patches of {self.patch_size}; "
                f"wanted multiples, for example {max(1, round(height / self.patch_size)) * self.patch_size}"
            )
        return height // self.patch_size, width // self.patch_size

    def embed_image(self, image: Tensor) -> Tensor:
        """Return ``h_0``, ``(B, 1 + h·w, width)``, of normalised images ``(B, 3, H, W)`` of any grid."""
        visual = self.clip.visual
        grid = self.grid_of(*image.shape[-2:])
        patches = rearrange(visual.conv1(image), "b c h w -> b (h w) c")
        class_token = visual.class_embedding.to(patches.dtype).expand(len(patches), 1, -1)
        positions = self.image_positions(grid).to(patches.dtype)
        return visual.ln_pre(torch.cat([class_token, patches], dim=1) + positions)

    def image_positions(self, grid: tuple[int, int]) -> Tensor:
        """Return position embeddings ``(1 + h·w, width)`` resized to ``grid``; the class token's row is kept."""
        positions: Tensor = self.clip.visual.positional_embedding
        side = round((len(positions) - 1) ** 0.5)
        if grid == (side, side):
            return positions
        patches = rearrange(positions[1:], "(h w) c -> 1 c h w", h=side)
        resize = POSITION_EMBEDDING_RESIZES[self.position_embedding]
        patches = F.interpolate(patches, size=grid, align_corners=False, **resize)
        return torch.cat([positions[:1], rearrange(patches, "1 c h w -> (h w) c")])

    def run_image(self, image: Tensor, *, taps: Collection[int] = (), edit: Edit | None = None) -> Tower:
        """Run the vision tower on normalised images ``(B, 3, H, W)``."""
        return self.run_image_tokens(self.embed_image(image), taps=taps, edit=edit)

    def run_image_tokens(self, tokens: Tensor, *, taps: Collection[int] = (), edit: Edit | None = None) -> Tower:
        """Run the vision tower from ``h_0`` ``(B, L, width)``: tokens of :meth:`embed_image`, or some of them."""
        blocks = self.clip.visual.transformer.resblocks
        return run_blocks(blocks, tokens, taps=taps, edit=edit, checkpointing=self.checkpointing)

    def project_image(self, tokens: Tensor) -> Tensor:
        """Map vision tokens ``(…, width)`` to the shared space, ``(…, embed_dim)``: ln_post, then the projection."""
        return self.clip.visual.ln_post(tokens) @ self.clip.visual.proj

    def encode_image(self, image: Tensor) -> Tensor:
        """Return CLIP's own image embedding ``(B, embed_dim)``, not normalised."""
        return self.project_image(self.run_image(image).tokens[:, 0])

    def tokenize(self, sentences: Sequence[str]) -> Tensor:
        """Return token ids ``(S, L)`` cut to the longest sentence: under the causal mask, what follows is unused.

        Raises:
            ConfigError: a sentence is longer than the context.
        """
        longest = max(sentences, key=lambda sentence: len(self.tokenizer.encode(sentence)))
        count, limit = len(self.tokenizer.encode(longest)) + 2, self.clip.context_length
        if count > limit:
            raise ConfigError(f"{count} tokens in '{longest[:60]}…', CLIP reads {limit}; use a shorter noun")
        ids: Tensor = self.tokenizer(list(sentences))
        return ids[:, : int(ids.argmax(dim=1).max()) + 1]

    def embed_text(self, ids: Tensor) -> Tensor:
        """Return ``h_0``, ``(S, L, text_width)``, of token ids ``(S, L)`` with ``L`` at most the context length."""
        return self.clip.token_embedding(ids) + self.clip.positional_embedding[: ids.shape[1]]

    def run_text(
        self,
        tokens: Tensor,
        *,
        start: int = 0,
        stop: int | None = None,
        taps: Collection[int] = (),
        edit: Edit | None = None,
    ) -> Tower:
        """Run the text tower, causally, from ``h_start`` ``(S, L, text_width)`` to ``h_stop``, the last by default."""
        return run_blocks(
            self.clip.transformer.resblocks,
            tokens,
            start=start,
            stop=stop,
            taps=taps,
            edit=edit,
            causal=True,
            checkpointing=self.checkpointing,
        )

    @torch.no_grad()
    def start_text(self, sentences: Sequence[str], stop: int) -> TextStart:
        """Return sentences at ``h_stop``, not edited yet: it depends on CLIP alone, so it is computed once and kept."""
        blocks = self.clip.transformer.resblocks[:stop].parameters()
        weights = [self.clip.token_embedding.weight, self.clip.positional_embedding, *blocks]

        def compute() -> TextStart:
            ids = self.tokenize(sentences).to(weights[0].device)
            return TextStart(ids, self.run_text(self.embed_text(ids), stop=stop).tokens)

        return self._started_text.get((stop, *sentences), weights, compute)

    def forget_text(self) -> None:
        """Compute anew what is kept of sentences; needed after writing to ``weight.data`` of the text tower."""
        self._started_text.forget()
        self._sentences.forget()

    def encode_text(self, ids: Tensor) -> Tensor:
        """Return CLIP's own text embedding ``(S, embed_dim)``, not normalised."""
        return self.project_text(self.run_text(self.embed_text(ids)).tokens, ids)

    @torch.no_grad()
    def encode_sentences(self, sentences: Sequence[str]) -> Tensor:
        """Return CLIP's own text embeddings ``(S, embed_dim)``, float32, not normalised; computed once and kept."""
        tower = [self.clip.transformer, self.clip.ln_final, self.clip.token_embedding]
        weights = [
            self.clip.positional_embedding,
            self.clip.text_projection,
            *(w for m in tower for w in m.parameters()),
        ]

        def compute() -> Tensor:
            return self.encode_text(self.tokenize(sentences).to(weights[0].device)).float()

        return self._sentences.get(tuple(sentences), weights, compute)

    def project_text(self, tokens: Tensor, ids: Tensor) -> Tensor:
        """Map sentences ``(S, L, text_width)`` to the shared space, ``(S, embed_dim)``."""
        return at_end_of_text(self.clip.ln_final(tokens), ids) @ self.clip.text_projection


def at_end_of_text(tokens: Tensor, ids: Tensor) -> Tensor:
    """Pick each sentence's end-of-text token: ``(S, L, C)``, ids ``(S, L)`` → ``(S, C)``."""
    return tokens[torch.arange(len(ids), device=ids.device), ids.argmax(dim=1)]
