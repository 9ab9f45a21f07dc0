"""One linear map for each level of the vision tower, into the shared space."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

__all__ = ["LevelHeads"]


class LevelHeads(nn.Module):
    """Patch tokens of several levels ``(B, L, width)`` → ``(B, L, embed_dim)`` each, not normalised.

    Args:
        width: channels of the tokens.
        embed_dim: channels of the shared space.
        levels: how many there are.
    """

    def __init__(self, width: int, embed_dim: int, levels: int) -> None:
        super().__init__()
        self.fc = nn.ModuleList(nn.Linear(width, embed_dim) for _ in range(levels))

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """Return the mapped tokens of each level."""
        return [head(tokens) for head, tokens in zip(self.fc, levels, strict=True)]
