"""Dynamic Fusion Gateway (ACD-CLIP): the image chooses how much of each text depth it is compared with."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn

__all__ = ["FusionGateway"]


class FusionGateway(nn.Module):
    """Weigh the text features of all groups by what one vision group saw, separately for normal and abnormal.

    Args:
        embed_dim: channels of the shared space.
        n_groups: text groups to choose from.
        hidden: channels of the gate's hidden layer.
    """

    def __init__(self, embed_dim: int, n_groups: int, hidden: int = 256) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(embed_dim, hidden), nn.GELU(), nn.Linear(hidden, 2 * n_groups))

    def forward(self, segmentation_tokens: Tensor, text: Tensor) -> Tensor:
        """Fuse text features for each image.

        Args:
            segmentation_tokens: ``(B, L, D)``.
            text: ``(B, N, D, 2)`` features of the N text groups, normal then abnormal.

        Returns:
            ``(B, D, 2)``.
        """
        gate = rearrange(self.mlp(segmentation_tokens.mean(dim=1)), "b (n k) -> b n k", k=2).softmax(dim=1)
        return torch.einsum("bnk,bndk->bdk", gate, text)
