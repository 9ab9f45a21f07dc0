"""Conv-LoRA (Zhong et al., 2024) as ACD-CLIP uses it: low-rank adaptation that looks at neighbouring patches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from einops import rearrange
from torch import Tensor, nn

from acd_monai.networks.blocks.lora import low_rank_parameter

__all__ = ["ConvLoRA"]


class ConvLoRABranch(nn.Module):
    """One kernel size: width → rank, two convolutions on the patch grid through a bottleneck, rank → width."""

    def __init__(self, width: int, rank: int, channels: int, kernel: int) -> None:
        super().__init__()
        self.down = low_rank_parameter(width, rank)
        self.conv_down = _convolution(rank, channels, kernel)
        self.conv_up = _convolution(channels, rank, kernel)
        self.up = low_rank_parameter(rank, width)


class ConvLoRA(nn.Module):
    """Multi-kernel Conv-LoRA: patch tokens ``(B, h·w, width)`` → ``(B, h·w, width)``.

    The published form is, per kernel, ``conv_up(conv_down(x·down))·conv_alpha/channels·up·alpha/√rank``, then all
    kernels concatenated and fused by a 1×1 convolution. ``up`` and the fusion are both linear and per token, so they
    compose into one ``(kernels·rank, width)`` matrix; composing it costs less than one token's share of the fusion it
    saves, and is done on every call: training and inference are the same code.

    Args:
        width: channels of the tokens.
        kernels: odd kernel sizes, one branch each.
        rank: channels after ``down``.
        channels: channels between the two convolutions.
        alpha, conv_alpha: strengths.
    """

    def __init__(
        self,
        width: int,
        kernels: Sequence[int] = (3, 5),
        rank: int = 16,
        channels: int = 8,
        alpha: float = 2.0,
        conv_alpha: float = 2.0,
    ) -> None:
        super().__init__()
        branches = nn.ModuleList(ConvLoRABranch(width, rank, channels, k) for k in kernels)
        self.branches = cast("Sequence[ConvLoRABranch]", branches)
        self.fusion = _convolution(len(kernels) * width, width, 1)
        self.scale = alpha / math.sqrt(rank) * conv_alpha / channels

    def forward(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Adapt patch tokens that lie on a ``grid`` of rows and columns."""
        down = torch.cat([branch.down for branch in self.branches], dim=1)
        low = rearrange(tokens @ down, "b (h w) r -> b r h w", h=grid[0])
        parts = low.chunk(len(self.branches), dim=1)
        low = torch.cat([b.conv_up(b.conv_down(part)) for b, part in zip(self.branches, parts, strict=True)], dim=1)
        return rearrange(low, "b r h w -> b (h w) r") @ self.folded()

    def folded(self) -> Tensor:
        """Return each ``up`` composed with its part of the fusion, scales included: ``(kernels·rank, width)``."""
        ups = torch.block_diag(*[branch.up for branch in self.branches])
        return (ups @ self.fusion.weight.flatten(1).T) * self.scale


def _convolution(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    with torch.no_grad():
        conv.weight.normal_(0.0, 1.0 / math.sqrt(inputs * kernel * kernel))
    return conv
