"""A frozen CLIP opened up: run its blocks, tap tokens at depths, edit them between blocks.

open_clip keeps the weights and the tokenizer; this file is the runner over its blocks, shared by every method.
Notation as in the CLIP paper (Radford et al., 2021): ``h_0`` is the input of the first block, ``h_k`` the output of
block ``k`` (1-based), with all tokens, class token first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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

__all__ = [
    "ClipBackbone",
    "Edit",
    "POSITION_EMBEDDING_RESIZES",
    "Tower",
    "at_end_of_text",
    "attend",
    "run_block",
    "run_blocks",
]

Edit = Callable[[int, Tensor], Tensor]
"""``edit(depth, tokens) -> tokens``, called with ``h_0`` and after every block with its output."""

POSITION_EMBEDDING_RESIZES: dict[str, dict[str, Any]] = {
    "bicubic_antialias": {"mode": "bicubic", "antialias": True},
    "bicubic": {"mode": "bicubic", "antialias": False},
    "bilinear": {"mode": "bilinear", "antialias": False},
}
"""How the position embedding reaches another grid; ``align_corners`` is False in all of them."""


class Tower(NamedTuple):
    """What a tower gives.

    Attributes:
        tokens: output of the last block run, ``(B, L, width)``, after its edit.
        taps: ``(B, L, width)`` after block ``k`` and its edit, for each requested depth ``k``.
    """

    tokens: Tensor
    taps: dict[int, Tensor]


class ClipBackbone(nn.Module):
    """A frozen CLIP with both towers opened up.

    Args:
        architecture: ``"embedded"``, a plain ViT CLIP of open_clip's list, or a config in open_clip's form.
        activation: ``"gelu"`` or ``"quick_gelu"``, as the method's authors run it.
        position_embedding: a key of :data:`POSITION_EMBEDDING_RESIZES`, as the method's authors resize it.
        weights: a tag (``"openai"``, ``"laion400m_e31"``, …), the path of a local file, or None: seeded by name,
            reproducible and untrained.
        image_size: height and width in pixels of the images the detector feeds; None is the architecture's own.

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
    ) -> None:
        super().__init__()
        if position_embedding not in POSITION_EMBEDDING_RESIZES:
            wanted = ", ".join(POSITION_EMBEDDING_RESIZES)
            raise ConfigError(f"position_embedding is {position_embedding!r}; wanted one of {wanted}")
        self.name = architecture if isinstance(architecture, str) else "custom"
        self.position_embedding = position_embedding
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
        return run_blocks(self.clip.visual.transformer.resblocks, self.embed_image(image), taps=taps, edit=edit)

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

    def run_text(self, ids: Tensor, *, taps: Collection[int] = (), edit: Edit | None = None) -> Tower:
        """Run the text tower, causally, on token ids ``(S, L)`` with ``L`` at most the context length."""
        tokens = self.clip.token_embedding(ids) + self.clip.positional_embedding[: ids.shape[1]]
        return run_blocks(self.clip.transformer.resblocks, tokens, taps=taps, edit=edit, causal=True)

    def encode_text(self, ids: Tensor) -> Tensor:
        """Return CLIP's own text embedding ``(S, embed_dim)``, not normalised."""
        tokens = self.clip.ln_final(self.run_text(ids).tokens)
        return at_end_of_text(tokens, ids) @ self.clip.text_projection


def at_end_of_text(tokens: Tensor, ids: Tensor) -> Tensor:
    """Pick each sentence's end-of-text token: ``(S, L, C)``, ids ``(S, L)`` → ``(S, C)``."""
    return tokens[torch.arange(len(ids), device=ids.device), ids.argmax(dim=1)]


def run_blocks(
    blocks: nn.ModuleList,
    tokens: Tensor,
    *,
    taps: Collection[int] = (),
    edit: Edit | None = None,
    causal: bool = False,
) -> Tower:
    """Run open_clip's residual blocks on tokens ``(B, L, C)``, batch first, up to the last one.

    Raises:
        ConfigError: a tap outside 1 … the number of blocks.
    """
    out_of_range = sorted(depth for depth in taps if not 1 <= depth <= len(blocks))
    if out_of_range:
        raise ConfigError(f"no block at depth {out_of_range}; this tower has depths 1 to {len(blocks)}")
    tapped: dict[int, Tensor] = {}
    if edit is not None:
        tokens = edit(0, tokens)
    for depth, block in enumerate(blocks, start=1):
        tokens = run_block(block, tokens, causal=causal)
        if edit is not None:
            tokens = edit(depth, tokens)
        if depth in taps:
            tapped[depth] = tokens
    return Tower(tokens, tapped)


def run_block(block: Any, tokens: Tensor, *, causal: bool = False) -> Tensor:
    """One pre-norm residual block: attention, then MLP, with open_clip's own modules."""
    tokens = tokens + block.ls_1(attend(block.attn, block.ln_1(tokens), causal=causal))
    return tokens + block.ls_2(block.mlp(block.ln_2(tokens)))


def attend(attention: nn.MultiheadAttention, tokens: Tensor, *, causal: bool = False) -> Tensor:
    """Self-attention of ``(B, L, C)`` on the module's weights, without materialising the attention matrix."""
    qkv = F.linear(tokens, attention.in_proj_weight, attention.in_proj_bias)
    query, key, value = rearrange(qkv, "b l (three h d) -> three b h l d", three=3, h=attention.num_heads)
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    return attention.out_proj(rearrange(mixed, "b h l d -> b l (h d)"))
