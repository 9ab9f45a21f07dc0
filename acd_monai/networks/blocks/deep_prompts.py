"""Learned tokens between the blocks of a tower, in place of some of its own or beside them."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["overwrite"]


def overwrite(tokens: Tensor, prompts: Tensor) -> Tensor:
    """Put ``(S, n, C)`` in place of tokens 1 … n of ``(S, L, C)``; token 0, which begins a sentence, stays."""
    return torch.cat([tokens[:, :1], prompts.to(tokens.dtype), tokens[:, 1 + prompts.shape[1] :]], dim=1)
