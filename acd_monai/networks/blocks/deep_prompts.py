"""Learned tokens between the blocks of a tower, in place of some of its own or beside them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Projections", "StaticPrompts", "overwrite"]


def overwrite(tokens: Tensor, prompts: Tensor) -> Tensor:
    """Put ``(S, n, C)`` in place of tokens 1 … n of ``(S, L, C)``; token 0, which begins a sentence, stays."""
    return torch.cat([tokens[:, :1], prompts.to(tokens.dtype), tokens[:, 1 + prompts.shape[1] :]], dim=1)


class StaticPrompts(nn.Module):
    """Tokens ``(length, width)`` learned for each of some depths, the same for all images."""

    def __init__(self, width: int, length: int, depths: int) -> None:
        super().__init__()
        self.static_prompts = nn.ParameterList(nn.Parameter(0.02 * torch.randn(length, width)) for _ in range(depths))


class Projections(nn.Module):
    """Several linear maps of the same vector, each of which gives one token: ``(B, D)`` → ``(B, count, width)``."""

    def __init__(self, features: int, width: int, count: int) -> None:
        super().__init__()
        self.head = nn.ModuleList(nn.Linear(features, width) for _ in range(count))

    def forward(self, features: Tensor) -> Tensor:
        """Return the tokens side by side."""
        return torch.stack([head(features) for head in self.head], dim=1)
