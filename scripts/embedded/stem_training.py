"""Trains the vision tower's stem alone, before there are sentences: which patches of a picture are damaged."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.stem import PyramidStem
from embedded.keeping import resume, save
from embedded.patch_loss import abnormal_share, dice_loss, patch_loss
from embedded.schedule import draw_seed, fall_start, rate_at
from embedded.views import look, move_away, normalise

__all__ = ["MORE", "StemRecipe", "damage_finder", "train_stem"]


class StemRecipe(NamedTuple):
    """How the stem is trained.

    Attributes:
        name: of the files.
        steps: batches.
        sizes: picture sizes in pixels, drawn for each batch.
        learning_rate: highest, after ``warmup`` steps.
        weight_decay: of AdamW.
        seed: of weights and draws.
        medical_weights: of the patches of healthy phantoms, in the first ``early_steps`` and then: what damage is
            comes first, what looks like damage and is not comes next.
        early_steps: batches.
        away: share of healthy phantoms that are seen small or dim.
        average: how much of the mean of the weights stays in a step, once the rate falls.
    """

    name: str = "stem"
    steps: int = 3000
    sizes: tuple[int, ...] = (56, 112, 112, 112)
    learning_rate: float = 2e-3
    warmup: int = 40
    weight_decay: float = 0.05
    seed: int = 0
    medical_weights: tuple[float, float] = (0.5, 2.0)
    early_steps: int = 1200
    away: float = 0.0
    average: float = 0.995


MORE = StemRecipe("stem_more", steps=700, learning_rate=1e-3, medical_weights=(2.0, 2.0), away=0.3)
"""What comes after: whole volumes, whose first and last slices show next to nothing."""


def damage_finder(stem: PyramidStem, seed: int, device: torch.device) -> nn.Sequential:
    """Return the stem with a linear map of its tokens to one number, higher for damage."""
    with torch_seed(seed):
        head = nn.Conv2d(stem.out_channels, 1, 1)
    return nn.Sequential(stem, head).to(device, memory_format=torch.channels_last)


def train_stem(
    network: nn.Sequential, batches: Sequence[dict[str, Any]], folder: Path, recipe: StemRecipe, device: torch.device
) -> None:
    """Train a stem in place.

    Args:
        network: of :func:`damage_finder`; on the device.
        batches: of a PictureStream, seen again and again.
        folder: takes the losses and the state to go on from after a kill.
        recipe: of the training.
        device: of the network.
    """
    stem: Any = network[0]
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
    )
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average))
    parts = {"network": network, "optimizer": optimizer, "averaged": averaged}
    first = resume(folder / f"{recipe.name}_state.pt", parts, recipe)
    start = time.monotonic()
    with (folder / f"{recipe.name}_losses.csv").open("a", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        steps = tqdm(range(first, recipe.steps), recipe.name, recipe.steps, initial=first, mininterval=10.0)
        for step in steps:
            batch = batches[step % len(batches)]
            generator = torch.Generator(device).manual_seed(draw_seed(recipe.seed, step))
            view = move_away(look(batch, recipe.sizes, generator, device), recipe.away, generator)
            target, shown = abnormal_share(view.share, stem.patch_size)
            # On CPUs, convolutions one channel at a time have a slow gradient in bfloat16.
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu"):
                logits = network(normalise(view.pixels))
            logits = logits.float().flatten(1)[None]
            losses = {
                "patch": patch_loss(logits, target, view.medical, recipe.medical_weights[step >= recipe.early_steps]),
                "dice": dice_loss(logits[:, shown], target[shown]),
            }
            optimizer.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, recipe.learning_rate, recipe.warmup, recipe.steps)
            optimizer.step()
            if step >= fall_start(recipe.steps):
                averaged.update_parameters(network)
            if step == 0:
                table.writerow(["step", "seconds", *losses])
            if step % 10 == 0:
                values = {name: f"{value.item():.5f}" for name, value in losses.items()}
                table.writerow([step, round(time.monotonic() - start, 1), *values.values()])
                file.flush()
                steps.set_postfix(values, refresh=False)
            if (step + 1) % 300 == 0 or step + 1 == recipe.steps:
                save(folder / f"{recipe.name}_state.pt", parts, recipe, step + 1)
    network.load_state_dict(averaged.module.state_dict())
