"""What one group of blocks gets in ACD-CLIP: the adapter of the vision tower and that of the text tower."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from acd_monai.networks.blocks.conv_lora import ConvLoRA
from acd_monai.networks.blocks.fusion_gateway import FusionGateway
from acd_monai.networks.blocks.lora import LoRA, blend
from acd_monai.networks.checkpoints import AdapterSizes

__all__ = ["ImageAdapter", "TextAdapter"]

INITIAL_BLEND = 0.2


class TokenHead(nn.Module):
    """Tokens of one vision group → unit vectors in the shared space, float32: MLP, LayerNorm, L2 norm."""

    def __init__(self, width: int, embed_dim: int, hidden: int = 256) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.LeakyReLU(0.01), nn.Linear(hidden, embed_dim))
        self.norm = nn.LayerNorm(embed_dim)

    def forward(self, tokens: Tensor) -> Tensor:
        return F.normalize(self.norm(self.mlp(tokens).float()), dim=-1)


class ImageAdapter(nn.Module):
    """What one vision group adds: Conv-LoRA on its patch tokens, two heads, and the gate to the text."""

    def __init__(
        self,
        width: int,
        embed_dim: int,
        n_groups: int,
        sizes: AdapterSizes,
    ) -> None:
        super().__init__()
        self.conv_lora = ConvLoRA(width, sizes.kernels, sizes.rank, sizes.channels)
        self.blend = nn.Parameter(torch.full((1, 1, width), INITIAL_BLEND))
        self.segmentation_head = TokenHead(width, embed_dim)
        self.detection_head = TokenHead(width, embed_dim)
        self.gateway = FusionGateway(embed_dim, n_groups)

    def edit(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Adapt the patch tokens of ``(B, 1 + L, width)``; the class token passes untouched."""
        patches = tokens[:, 1:]
        return torch.cat([tokens[:, :1], blend(patches, self.conv_lora(patches, grid), self.blend)], dim=1)


class TextAdapter(nn.Module):
    """What one text group adds: LoRA on all its tokens, and the norm its feature is read through."""

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.lora = LoRA(width, rank)
        self.blend = nn.Parameter(torch.full((1, 1, width), INITIAL_BLEND))
        self.norm = nn.LayerNorm(width)

    def edit(self, tokens: Tensor) -> Tensor:
        """Adapt all tokens of ``(S, L, width)``."""
        return blend(tokens, self.lora(tokens), self.blend)
