"""Where the small CLIP's vision tower starts from: a filter bank that knows what is unlike its surroundings.

Two cores make few pictures, and what a hand-made detector computes need not be learnt from them. The first two blocks
start as one, and all of it is trained on:

1. A patch gives its mean colours and its whitened principal components (the patch embedding).
2. Components of like spectrum add up to energies, ``Σ|component|``, and are taken away themselves (first MLP).
3. Three heads take the mean of colours and energies around a token, each wider than the one before: positions are
   waves, and the product of two positions' waves is a bump (second attention).
4. What is unlike its surroundings, ``|token - mean|``, is added up (second MLP).

A large constant in two dimensions keeps layer normalisation nearly linear; ``ln_post`` drops it. The later blocks start
as open_clip draws them, at half their size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from scipy.cluster.vq import kmeans2
from torch import Tensor, nn

__all__ = ["start_vision"]

COLOURS, ENERGIES = range(3), range(3, 27)
SEEN = (*COLOURS, *ENERGIES)
SURROUNDINGS = (range(27, 54), range(54, 81), range(81, 108))
"""Dimensions of a token: the means of what is seen around it, one for each head."""

UNLIKE = range(108, 134)
WAVES = range(134, 158)
CONSTANT = (158, 159)
COMPONENTS = range(3, 134)
"""Where the patch embedding puts them, until the first MLP takes them away."""

HEAD = 32
SIGMAS = (0.07, 0.16, 0.6)
"""Widths of what is around a token, shares of the picture's side."""

FREQUENCIES = math.pi * torch.tensor([0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
WAVE_SIZE, CONSTANT_SIZE = 3.0, 30.0
SHARP = 12.0, 8.0
"""How sharply the two MLPs' activations bend at 0: with these, near ``|x|``."""

LATER = 0.5
REGULAR = 1e-4
"""Of the first component's variance, added to all: the last ones are noise."""


@torch.no_grad()
def start_vision(visual: nn.Module, pixels: Tensor) -> None:
    """Set open_clip's vision tower, 160 wide with five heads, in place.

    Args:
        visual: the tower, as open_clip drew it.
        pixels: normalised pictures ``(B, 3, H, W)`` to find the components of patches in.
    """
    filters = _find_filters(pixels, visual.conv1.kernel_size[0])
    visual.conv1.weight.copy_(F.pad(filters, (0, 0, 0, 0, 0, 0, 0, visual.conv1.out_channels - len(filters))))
    _set_positions(visual.positional_embedding)
    visual.class_embedding.zero_()
    visual.ln_post.weight[list(CONSTANT)] = 0.0
    blocks = visual.transformer.resblocks
    for block in blocks:
        for bias in (block.attn.in_proj_bias, block.attn.out_proj.bias, block.mlp.c_fc.bias, block.mlp.c_proj.bias):
            bias.zero_()
        for output in (block.attn.out_proj, block.mlp.c_proj):
            output.weight.mul_(LATER)
    _sum_energies(blocks[0].mlp, _group_by_spectrum(filters[COMPONENTS.start :]))
    _look_around(blocks[1].attn)
    _compare(blocks[1].mlp)


def _find_filters(pixels: Tensor, side: int) -> Tensor:
    """Return ``(134, 3, side, side)``: brightness, two colours, and components of patches, all of unit variance."""
    patches = rearrange(F.unfold(pixels, side, stride=side), "b c n -> (b n) c")
    patches = patches - patches.mean(dim=0)
    red, green, blue = torch.eye(3).repeat_interleave(side * side, dim=1) / side**2
    colours = torch.stack([(red + green + blue) / 3.0, red - green, blue - green])
    colours = colours / (patches @ colours.T).std(dim=0)[:, None]
    size, components = torch.linalg.eigh(patches.T @ patches / len(patches))
    size, components = size.flip(0), components.flip(1)
    whitened = (components / (size + REGULAR * size[0]).sqrt()).T
    return rearrange(torch.cat([colours, whitened[list(COMPONENTS)]]), "k (c h w) -> k c h w", c=3, h=side)


def _set_positions(positions: Tensor) -> None:
    side = round((len(positions) - 1) ** 0.5)
    angles = (torch.arange(side)[:, None] + 0.5) / side * FREQUENCIES
    line = torch.cat([angles.cos(), angles.sin()], dim=1)
    grid = torch.cat([line[:, None].expand(-1, side, -1), line.expand(side, -1, -1)], dim=2)
    positions.zero_()
    positions[1:, list(WAVES)] = WAVE_SIZE * grid.flatten(0, 1)
    positions[:, CONSTANT[0]], positions[:, CONSTANT[1]] = CONSTANT_SIZE, -CONSTANT_SIZE


def _group_by_spectrum(filters: Tensor) -> list[int]:
    """Return each filter's group, 0 to 23; those of colour are a group of their own."""
    grey = filters.mean(dim=1)
    colour = (filters - grey[:, None]).square().sum(dim=(1, 2, 3)) > 3.0 * grey.square().sum(dim=(1, 2))
    spectra = F.normalize(torch.fft.fft2(grey, s=(28, 28)).abs().flatten(1), dim=1)
    spectra[colour] = 0.0
    return [int(group) for group in kmeans2(spectra.double().numpy(), len(ENERGIES), seed=0, minit="++")[1]]


def _sum_energies(mlp: nn.Module, groups: Sequence[int]) -> None:
    """Two hidden units a component: their sum is near its size, their difference is itself."""
    into, out, sharp = mlp.c_fc.weight, mlp.c_proj.weight, SHARP[0]
    _clear(mlp, 2 * len(groups))
    for index, (dimension, group) in enumerate(zip(COMPONENTS, groups, strict=True)):
        plus, minus = 2 * index, 2 * index + 1
        into[plus, dimension], into[minus, dimension] = sharp, -sharp
        out[ENERGIES[group], [plus, minus]] = 2.0 / sharp / groups.count(group) ** 0.5
        out[dimension, plus] -= 1.0 / sharp
        out[dimension, minus] += 1.0 / sharp


def _look_around(attention: nn.MultiheadAttention) -> None:
    """Attention that falls with distance as a Gaussian does: ``Σ aᵢ cos(ωᵢ d)`` has its curvature at 0."""
    queries, keys, values = attention.in_proj_weight.chunk(3)
    output = attention.out_proj.weight
    width = attention.embed_dim
    variance = (len(COMPONENTS) + 2.0 * CONSTANT_SIZE**2 + len(WAVES) / 2.0 * WAVE_SIZE**2) / width
    wave = WAVE_SIZE / variance**0.5
    for head, (sigma, target) in enumerate(zip(SIGMAS, SURROUNDINGS, strict=True)):
        rows = slice(head * HEAD, (head + 1) * HEAD)
        weights = 1.0 / FREQUENCIES
        weights = weights / ((weights * FREQUENCIES**2).sum() * sigma**2)
        match = torch.diag(((weights * HEAD**0.5).sqrt() / wave).repeat(4))
        for part in (queries, keys, values):
            part[rows] = 0.0
        for part in (queries, keys):
            part[head * HEAD : head * HEAD + len(WAVES), WAVES.start : WAVES.stop] = match
        output[:, rows] = 0.0
        for index, (source, dimension) in enumerate(zip(SEEN, target, strict=True)):
            values[head * HEAD + index, source] = 1.0
            output[dimension, head * HEAD + index] = 1.0


def _compare(mlp: nn.Module) -> None:
    """Two hidden units for each thing seen and each width; eight sums a width, and two of the colours."""
    into, out, sharp = mlp.c_fc.weight, mlp.c_proj.weight, SHARP[1]
    _clear(mlp, 2 * len(SEEN) * len(SURROUNDINGS))
    plus = 0
    for head, around in enumerate(SURROUNDINGS):
        for index, (here, there) in enumerate(zip(SEEN, around, strict=True)):
            into[plus, here], into[plus, there] = sharp, -sharp
            into[plus + 1] = -into[plus]
            colour = index < len(COLOURS)
            target = UNLIKE[24 + min(head, 1)] if colour else UNLIKE[8 * head + (index - len(COLOURS)) % 8]
            out[target, [plus, plus + 1]] = 0.9 / sharp
            plus += 2


def _clear(mlp: nn.Module, units: int) -> None:
    mlp.c_fc.weight[:units] = 0.0
    mlp.c_proj.weight[:, :units] = 0.0
