"""Low-rank adaptation of a tower's tokens (Hu et al., 2022), rank-stabilised: scaled by alpha / √rank."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

__all__ = ["LoRA", "blend", "low_rank_parameter", "match_norm"]


class LoRA(nn.Module):
    """``x·down·up·alpha/√rank``: ``(…, width)`` → ``(…, width)``.

    Args:
        width: channels of the tokens.
        rank: inner channels.
        alpha: strength.
    """

    def __init__(self, width: int, rank: int = 16, alpha: float = 2.0) -> None:
        super().__init__()
        self.scale = alpha / math.sqrt(rank)
        self.down = low_rank_parameter(width, rank)
        self.up = low_rank_parameter(rank, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the low-rank image of tokens ``(…, width)``."""
        return (tokens @ self.down) @ (self.up * self.scale)


def low_rank_parameter(rows: int, columns: int) -> nn.Parameter:
    """A matrix with unit gain; never zero, since the adapted token is rescaled to its input's norm."""
    return nn.Parameter(torch.randn(rows, columns) / math.sqrt(rows))


def match_norm(adapted: Tensor, tokens: Tensor) -> Tensor:
    """Rescale each adapted token to the norm of the token it came from (both ``(…, width)``); zero stays zero."""
    return F.normalize(adapted, dim=-1) * tokens.norm(dim=-1, keepdim=True)


def blend(tokens: Tensor, adapted: Tensor, weight: Tensor) -> Tensor:
    """``(1 − weight)·tokens + weight·adapted`` per channel, with ``adapted`` first brought to ``tokens``' norm.

    In float32 also under autocast: norms of residual tokens overflow half precision.
    """
    with torch.autocast(tokens.device.type, enabled=False):
        tokens = tokens.float()
        return torch.lerp(tokens, match_norm(adapted.float(), tokens), weight.float())
