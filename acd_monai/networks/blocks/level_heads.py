"""One linear map for each level of the vision tower, into the shared space."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from acd_monai.networks.depths import QUARTERS
from acd_monai.networks.official import Sizes

__all__ = ["LevelHeads", "empty_heads"]


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

    def named(self) -> nn.ModuleDict:
        """Return them as APRIL-GAN's and CLIP-AD's authors name them, ``fc.{level}.{weight,bias}``."""
        return nn.ModuleDict({"fc": self.fc})

    def forward(self, levels: Sequence[Tensor]) -> list[Tensor]:
        """Return the mapped tokens of each level."""
        return [head(tokens) for head, tokens in zip(self.fc, levels, strict=True)]


def empty_heads(sizes: Sizes) -> nn.ModuleDict:
    """Return the heads of four levels, of the sizes that an authors' file has."""
    embed_dim, width = sizes.of(r"fc\.\d+\.weight", axes=2)
    return LevelHeads(width, embed_dim, QUARTERS).named()
