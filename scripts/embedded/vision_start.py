"""Where the small CLIP's vision tower starts from: whitened patches that know their place and look at their like.

With so few pictures as two cores can make, a transformer that starts from noise learns nothing for a long time. The
patches' principal components, all equally strong, are what a first layer would have to find out. Trained transformers
have attention that is near a similarity of tokens and takes away from a token what it shares with them; starting
there (Trockman and Kolter, "Mimetic Initialization of Self-Attention Layers", 2023) saves that time too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor, nn

__all__ = ["start_vision"]

SIMILARITY = 0.15, 0.15
"""Shares of noise and of the identity in a head's query-key product: small enough to look at others too."""

REGULAR = 1e-4
"""Of the first component's variance, added to all: the last ones are noise."""

DIFFERENCE = 0.4, -0.4
"""And in the product of values and output."""


@torch.no_grad()
def start_vision(visual: nn.Module, pixels: Tensor) -> None:
    """Set patch embedding, positions and attention of open_clip's vision tower in place; drawn from torch's generator.

    Args:
        visual: the tower.
        pixels: normalised pictures ``(B, 3, H, W)`` to find the components of patches in.
    """
    visual.conv1.weight.copy_(_whiten(pixels, *visual.conv1.weight.shape[::3]))
    positions: Tensor = visual.positional_embedding
    side = round((len(positions) - 1) ** 0.5)
    positions[0] = 0.0
    positions[1:] = _waves(side, positions.shape[1])
    for block in visual.transformer.resblocks:
        _start_attention(block.attn)


def _whiten(pixels: Tensor, width: int, side: int) -> Tensor:
    """Return ``(width, 3, side, side)``: the first principal components of patches, each to unit variance."""
    patches = rearrange(F.unfold(pixels, side, stride=side), "b c n -> (b n) c")
    patches = patches - patches.mean(dim=0)
    size, components = torch.linalg.eigh(patches.T @ patches / len(patches))
    size, components = size.flip(0)[:width], components.flip(1)[:, :width]
    filters = components / (size + REGULAR * size[0]).sqrt()
    return rearrange(filters, "(c h w) k -> k c h w", c=3, h=side)


def _start_attention(attention: nn.MultiheadAttention) -> None:
    width, heads = attention.embed_dim, attention.num_heads
    queries, keys = zip(*(_factor(width, width // heads, *SIMILARITY) for _ in range(heads)), strict=True)
    values, output = _factor(width, width, *DIFFERENCE)
    attention.in_proj_weight.copy_(torch.cat([*(q.T for q in queries), *(k.T for k in keys), values.T]))
    attention.out_proj.weight.copy_(output)
    attention.in_proj_bias.zero_()
    attention.out_proj.bias.zero_()


def _factor(width: int, rank: int, noise: float, identity: float) -> tuple[Tensor, Tensor]:
    """Return ``(width, rank)`` factors whose product is near ``noise·Z + identity·I``."""
    target = noise * torch.randn(width, width) / rank**0.5 + identity * torch.eye(width)
    left, size, right = torch.linalg.svd(target)
    root = size[:rank].sqrt()
    return left[:, :rank] * root, right[:rank].T * root


def _waves(side: int, width: int) -> Tensor:
    """Return sines and cosines of row and column, ``(side², width)``, with the size of a learnt embedding."""
    frequencies = 100.0 ** -torch.linspace(0.0, 1.0, width // 4)
    angles = torch.arange(side)[:, None] * frequencies
    line = torch.cat([angles.sin(), angles.cos()], dim=1)
    grid = torch.stack([line[:, None].expand(-1, side, -1), line[None].expand(side, -1, -1)], dim=2)
    return 0.2 * rearrange(grid, "h w two c -> (h w) (two c)")
