"""Teaches the small CLIP's text tower what a sentence says before it sees a picture: a noun, and whole or damaged.

Cheap beside pictures, and without it a picture would be pulled towards sentences that all look alike.
"""

from __future__ import annotations

import random

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor
from tqdm import tqdm

from acd_monai.data.synthetic import FAMILY_NOUNS
from acd_monai.networks import ClipBackbone
from embedded.captions import GENERIC_NOUNS, Captions

__all__ = ["common_direction", "start_text"]

SCALE = 10.0
BATCH_SIZE = 32
LEARNING_RATE = 1e-3


def start_text(backbone: ClipBackbone, steps: int, seed: int) -> None:
    """Train the text tower in place: sentences of one meaning together, apart from all others."""
    rng, captions = random.Random(f"text {seed}"), Captions()
    clip = backbone.clip
    parameters = [clip.token_embedding.weight, clip.positional_embedding, clip.text_projection]
    parameters += [*clip.transformer.parameters(), *clip.ln_final.parameters()]
    optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.05)
    progress = tqdm(range(steps), "text tower", mininterval=5.0)
    for step in progress:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 50)
        meanings = [_draw_meaning(rng, captions) for _ in range(BATCH_SIZE)]
        nouns = [[rng.choice(meaning) for meaning in meanings] for _ in range(2)]
        texts = [captions.draw(rng, noun, abnormal=state) for state in (False, True) for row in nouns for noun in row]
        ids = backbone.tokenize(texts).to(parameters[0].device)
        vectors = F.normalize(backbone.encode_text(ids), dim=-1)
        normal, normal_again, abnormal, abnormal_again = vectors.chunk(4)
        labels = [(meaning, state) for state in (False, True) for meaning in meanings]
        same = torch.tensor([[a == b for b in labels] for a in labels], device=vectors.device).float()
        logits = SCALE * torch.cat([normal, abnormal]) @ torch.cat([normal_again, abnormal_again]).T
        contrast = F.cross_entropy(logits, same / same.sum(dim=1, keepdim=True))
        direction = common_direction(normal, abnormal)
        progress.set_postfix(contrast=f"{float(contrast):.3f}", direction=f"{float(direction):.3f}", refresh=False)
        loss = contrast + direction
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def common_direction(normal: Tensor, abnormal: Tensor) -> Tensor:
    """Return how far pairs ``(B, D)`` of sentences are from differing in one common direction, 0 to 1."""
    directions = F.normalize(abnormal - normal, dim=-1)
    return 1.0 - directions.mean(dim=0).square().sum()


def _draw_meaning(rng: random.Random, captions: Captions) -> tuple[str, ...]:
    """Return the nouns that stand for one thing."""
    chance = rng.random()
    if chance < 0.2:
        return (rng.choice(GENERIC_NOUNS),)
    return (captions.draw_word(rng),) if chance < 0.5 else rng.choice(list(FAMILY_NOUNS.values()))
