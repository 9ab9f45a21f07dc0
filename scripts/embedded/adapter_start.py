"""Where ACD-CLIP's adapters start on the small CLIP: as nothing, so that the map is CLIP's own.

From random heads, a few thousand industrial pictures teach them less than the CLIP knows of healthy anatomy.
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
from torch import Tensor

from acd_monai.data import TrainingRecord
from acd_monai.data.synthetic import FAMILY_NOUNS
from acd_monai.networks import ACDCLIP, ClipBackbone
from acd_monai.networks.backbone import at_end_of_text
from acd_monai.networks.checkpoints import write_adapters
from embedded.captions import GENERIC_NOUNS, Captions

__all__ = ["write_start"]

HEAD_SIZE = 8.0
GATE_SIZE, LAST_GROUP = 0.02, 8.0
"""Of the gate's output weights, and of its biases for the last text group: the one that has read whole sentences."""

ASKED = 10
"""Directions in which sentences differ; more say nothing."""

SLOPE = 0.01
"""Of a head's LeakyReLU below 0."""


@torch.no_grad()
def write_start(clip: Path, path: Path, pictures: Tensor) -> None:
    """Write adapters that change no token, whose heads are CLIP's projection and whose gate takes the last group.

    A head compares with ``ln_final(t)`` where CLIP has ``ln_final(t) @ P``: so its map is ``P`` times CLIP's own. It is
    linear, ``x = LeakyReLU(x) - LeakyReLU(-x)`` but for a factor. What ``ln_post`` adds to a token over its standard
    deviation is added over the mean of those of some pictures.

    Args:
        clip: weights of the small CLIP.
        path: of the adapters' file.
        pictures: some that the CLIP has learnt from, ``(B, 3, S, S)``, normalised.
    """
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias", weights=clip)
    network = ACDCLIP(backbone, n_groups=4)
    projection, added = _projection(backbone, _texts(backbone))
    size = len(projection)
    deviations = [tokens.std(dim=-1, correction=0).mean() for tokens in network.image_tokens(pictures)]
    for image_adapter, deviation in zip(network.image_adapters, deviations, strict=True):
        image_adapter.blend.zero_()
        for head in (image_adapter.segmentation_head, image_adapter.detection_head):
            into, out = head.mlp[0], head.mlp[2]
            into.bias.zero_()
            out.bias.zero_()
            into.weight[: 2 * size] = torch.cat([projection, -projection])
            into.bias[: 2 * size] = deviation * torch.cat([added, -added])
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


def _texts(backbone: ClipBackbone) -> Tensor:
    """Return features of sentences, whole and damaged, ``(T, embed_dim)``, as the adapters read them."""
    rng, captions = random.Random(0), Captions()
    nouns = [noun for family in FAMILY_NOUNS.values() for noun in family] + list(GENERIC_NOUNS)
    sentences = [captions.draw(rng, noun, abnormal=state) for noun in nouns for state in (False, True)]
    ids, tokens = backbone.start_text(sentences, backbone.text_depth)
    features = backbone.clip.ln_final(at_end_of_text(tokens, ids))
    return torch.nn.functional.normalize(features, dim=-1)


def _projection(backbone: ClipBackbone, texts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the map from tokens to where CLIP's text features lie before their own projection.

    A head's output is divided by its length, CLIP's by the length of the image feature. So what no text asks for is
    filled with the rest of the image feature: the two lengths are then alike.

    Args:
        backbone: the CLIP.
        texts: ``(T, embed_dim)``, unit features of sentences before the projection.

    Returns:
        ``(embed_dim, width)``, and what is added ``(embed_dim,)`` a standard deviation of the token.
    """
    visual, size = backbone.clip.visual, texts.shape[1]
    flat = torch.eye(size) - 1.0 / size  # a head's layer normalisation takes the mean away
    asked = torch.linalg.svd(texts @ flat, full_matrices=False)
    asked = asked.Vh[:ASKED]
    answer = asked.T @ asked @ backbone.clip.text_projection  # image feature → what the texts ask for
    length = torch.linalg.matrix_norm(answer, 2) ** 2
    left = torch.linalg.eigh(length * torch.eye(size) - answer.T @ answer)
    free = torch.linalg.svd(flat - asked.T @ asked).U[:, : size - 1 - ASKED]
    room = free.shape[1]
    filling = free @ torch.diag(left.eigenvalues[-room:].clamp(min=0.0).sqrt()) @ left.eigenvectors[:, -room:].T
    turn = (answer + filling) @ visual.proj.T
    centred = torch.eye(backbone.width) - 1.0 / backbone.width
    projection, added = (turn * visual.ln_post.weight) @ centred, turn @ visual.ln_post.bias
    scale = HEAD_SIZE / projection.norm()
    return scale * projection, scale * added
