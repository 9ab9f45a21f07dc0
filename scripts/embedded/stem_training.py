"""Trains the vision tower's stem alone, before there are sentences: which patches of a picture are damaged."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn
from tqdm import tqdm

from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.stem import PyramidStem
from embedded.keeping import resume, save
from embedded.patch_loss import abnormal_share, dice_loss, patch_loss
from embedded.schedule import draw_seed, rate_at
from embedded.views import look, normalise

__all__ = ["StemRecipe", "train_stem"]


class StemRecipe(NamedTuple):
    """How the stem is trained.

    Attributes:
        steps: batches.
        sizes: picture sizes in pixels, drawn for each batch.
        learning_rate: highest, after ``warmup`` steps.
        weight_decay: of AdamW.
        seed: of weights and draws.
    """

    steps: int = 5000
    sizes: tuple[int, ...] = (112, 168, 224, 224)
    learning_rate: float = 2e-3
    warmup: int = 40
    weight_decay: float = 0.05
    seed: int = 0


def train_stem(
    stem: PyramidStem, batches: Sequence[dict[str, Any]], folder: Path, recipe: StemRecipe, device: torch.device
) -> None:
    """Train the stem in place, with a linear map of its tokens that is then left out.

    Args:
        stem: as drawn; on the device.
        batches: of a PictureStream, seen again and again.
        folder: takes ``stem_losses.csv`` and the state to go on from after a kill.
        recipe: of the training.
        device: of the stem.
    """
    with torch_seed(recipe.seed):
        head = nn.Conv2d(stem.out_channels, 1, 1).to(device)
    network = nn.Sequential(stem, head).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
    )
    parts = {"network": network, "optimizer": optimizer}
    first = resume(folder / "stem_state.pt", parts, recipe)
    start = time.monotonic()
    with (folder / "stem_losses.csv").open("a", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        steps = tqdm(range(first, recipe.steps), "stem", recipe.steps, initial=first, mininterval=10.0)
        for step in steps:
            batch = batches[step % len(batches)]
            generator = torch.Generator(device).manual_seed(draw_seed(recipe.seed, step))
            view = look(batch, recipe.sizes, generator, device)
            target, shown = abnormal_share(view.share, stem.patch_size)
            # On CPUs, convolutions one channel at a time have a slow gradient in bfloat16.
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu"):
                logits = network(normalise(view.pixels))
            logits = logits.float().flatten(1)[None]
            losses = {
                "patch": patch_loss(logits, target, view.medical),
                "dice": dice_loss(logits[:, shown], target[shown]),
            }
            optimizer.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            for group in optimizer.param_groups:
                group["lr"] = rate_at(step, recipe.learning_rate, recipe.warmup, recipe.steps)
            optimizer.step()
            if step == 0:
                table.writerow(["step", "seconds", *losses])
            if step % 10 == 0:
                values = {name: f"{value.item():.5f}" for name, value in losses.items()}
                table.writerow([step, round(time.monotonic() - start, 1), *values.values()])
                file.flush()
                steps.set_postfix(values, refresh=False)
            if (step + 1) % 300 == 0 or step + 1 == recipe.steps:
                save(folder / "stem_state.pt", parts, recipe, step + 1)
