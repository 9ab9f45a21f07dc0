"""Conv-LoRA folded equals Conv-LoRA as published."""

from __future__ import annotations

import math

import pytest
import torch
from einops import rearrange

from acd_monai.networks.blocks import ConvLoRA, blend


def as_published(module: ConvLoRA, tokens: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """Step by step: both scales where the paper has them, concatenation, 1×1 convolution."""
    outputs = []
    for branch in module.branches:
        low = rearrange(tokens @ branch.down, "b (h w) r -> b r h w", h=grid[0])
        low = branch.conv_up(branch.conv_down(low)) * 2.0 / branch.conv_down.out_channels
        low = rearrange(low, "b r h w -> b (h w) r")
        outputs.append(low @ branch.up * 2.0 / math.sqrt(branch.up.shape[0]))
    joined = rearrange(torch.cat(outputs, dim=-1), "b (h w) c -> b c h w", h=grid[0])
    return rearrange(module.fusion(joined), "b c h w -> b (h w) c")


@pytest.mark.parametrize("grid", [(5, 5), (3, 8)])
@pytest.mark.parametrize("kernels", [(3, 5), (3,), (1, 3, 7)])
def test_folded_equals_published(grid: tuple[int, int], kernels: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    module = ConvLoRA(32, kernels, rank=4, channels=2)
    tokens = torch.randn(2, grid[0] * grid[1], 32)
    want = as_published(module, tokens, grid)
    difference = (module(tokens, grid) - want).abs().max() / want.abs().max()
    assert difference <= 1e-5


def test_blend_keeps_the_norm_of_what_it_mixes_in() -> None:
    tokens, adapted = torch.randn(3, 7, 8), 100 * torch.randn(3, 7, 8)
    torch.testing.assert_close(blend(tokens, adapted, torch.ones(8)).norm(dim=-1), tokens.norm(dim=-1))
    assert torch.equal(blend(tokens, adapted, torch.zeros(8)), tokens)
    assert torch.isfinite(blend(tokens, torch.zeros_like(tokens), torch.ones(8))).all()
