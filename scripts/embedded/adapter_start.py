"""Where ACD-CLIP's adapters start on the small CLIP: as nothing, so that the map is CLIP's own.

From random heads, a few thousand industrial pictures teach them less than the CLIP knows of healthy anatomy.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from acd_monai.data import TrainingRecord
from acd_monai.networks import ACDCLIP, ClipBackbone
from acd_monai.networks.checkpoints import write_adapters

__all__ = ["write_start"]

HEAD_SIZE = 8.0
GATE_SIZE, LAST_GROUP = 0.1, 4.0
"""Of the gate's output weights, and of its biases for the last text group: the one that has read whole sentences."""

SLOPE = 0.01
"""Of a head's LeakyReLU below 0."""


@torch.no_grad()
def write_start(clip: Path, path: Path) -> None:
    """Write adapters that change no token, whose heads are CLIP's projection and whose gate takes the last group.

    A head compares with ``ln_final(t)`` where CLIP has ``ln_final(t) @ P``: so its map is ``P`` times CLIP's own. It is
    linear, ``x = LeakyReLU(x) - LeakyReLU(-x)`` but for a factor, and drops what ``ln_post`` adds.

    Args:
        clip: weights of the small CLIP.
        path: of the adapters' file.
    """
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias", weights=clip)
    network = ACDCLIP(backbone, n_groups=4)
    projection = _projection(backbone)
    size = len(projection)
    for image_adapter in network.image_adapters:
        image_adapter.blend.zero_()
        for head in (image_adapter.segmentation_head, image_adapter.detection_head):
            into, out = head.mlp[0], head.mlp[2]
            into.bias.zero_()
            out.bias.zero_()
            into.weight[: 2 * size] = torch.cat([projection, -projection])
            out.weight.zero_()
            out.weight[:, : 2 * size] = torch.cat([torch.eye(size), -torch.eye(size)], dim=1) / (1.0 + SLOPE)
        gate = image_adapter.gateway.mlp[2]
        gate.weight.mul_(GATE_SIZE)
        gate.bias.zero_()
        gate.bias[-2:] = LAST_GROUP
    for text_adapter in network.text_adapters:
        text_adapter.blend.zero_()
        text_adapter.norm.load_state_dict(backbone.clip.ln_final.state_dict())
    nothing_seen = TrainingRecord.of([], [], epoch_rule="last", epoch=0, seed=0)
    write_adapters(path, network.adapters().state_dict(), nothing_seen.to_notes())


def _projection(backbone: ClipBackbone) -> Tensor:
    """Return ``(embed_dim, width)``: from tokens to where CLIP's text features lie before their own projection."""
    visual = backbone.clip.visual
    centred = torch.eye(backbone.width) - 1.0 / backbone.width
    projection: Tensor = backbone.clip.text_projection @ (visual.proj.T * visual.ln_post.weight) @ centred
    return HEAD_SIZE * projection / projection.norm()
