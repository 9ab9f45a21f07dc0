"""Small trainable parts that methods put between the frozen blocks of CLIP."""

from __future__ import annotations

from acd_monai.networks.blocks.conv_lora import ConvLoRA
from acd_monai.networks.blocks.deep_prompts import Projections, StaticPrompts, overwrite
from acd_monai.networks.blocks.fusion_gateway import FusionGateway
from acd_monai.networks.blocks.group_adapters import ImageAdapter, TextAdapter
from acd_monai.networks.blocks.level_heads import LevelHeads, empty_heads
from acd_monai.networks.blocks.lora import LoRA, blend, match_norm

__all__ = [
    "ConvLoRA",
    "FusionGateway",
    "ImageAdapter",
    "LevelHeads",
    "LoRA",
    "Projections",
    "StaticPrompts",
    "TextAdapter",
    "blend",
    "empty_heads",
    "match_norm",
    "overwrite",
]
