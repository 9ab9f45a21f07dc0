"""Trains the small CLIP; killed at any moment, the same command goes on from the last state saved."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from open_clip.transformer import QuickGELU
from threadpoolctl import threadpool_limits
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from acd_monai.networks import ClipBackbone
from acd_monai.networks.architectures import ACTIVATIONS, build_clip
from acd_monai.networks.seeding import torch_seed
from embedded.clip_loss import clip_loss
from embedded.keeping import resume, save, write_whole
from embedded.pictures import PictureStream
from embedded.schedule import draw_seed, rate_at
from embedded.stem_training import StemRecipe, damage_finder, train_stem
from embedded.text_start import start_text
from embedded.views import look

__all__ = ["Recipe", "train_clip"]

LATER = 0.5
"""What the vision tower's blocks add is drawn at so much of its size: first, its tokens are the stem's."""


class Recipe(NamedTuple):
    """How the small CLIP is trained.

    Attributes:
        steps: batches that are looked at.
        batch_size: pictures of a batch.
        batches: different ones; they come again, each time seen another way, for pictures take longer to make.
        sizes: picture sizes in pixels that batches are seen at, drawn for each.
        most_pixels: of all pictures that a step looks at: of a large size fewer, to take no longer.
        learning_rate: highest, after ``warmup`` steps.
        text_boost: so many times as high for the text tower, which does not start as well as the vision tower.
        weight_decay: of AdamW.
        seed: of weights, pictures and draws.
        text_steps: batches of sentences before the first picture.
    """

    steps: int = 900
    batch_size: int = 48
    batches: int = 450
    sizes: tuple[int, ...] = (56, 112, 112)
    most_pixels: int = 16 * 112**2
    learning_rate: float = 6e-4
    text_boost: float = 3.5
    warmup: int = 60
    weight_decay: float = 0.05
    seed: int = 0
    text_steps: int = 200


def train_clip(
    folder: Path,
    recipe: Recipe,
    stem: StemRecipe,
    more: StemRecipe,
    device: torch.device,
    workers: int,
    save_interval: int = 200,
) -> Path:
    """Train and return the file of the weights, ``clip.pt`` in ``folder``; the losses are beside it."""
    weights, state_file = folder / "clip.pt", folder / "clip_state.pt"
    if weights.exists():
        return weights
    backbone = make_backbone(recipe).to(device)
    optimizers = make_optimizers(backbone, recipe)
    parts = {"clip": backbone.clip, **optimizers}
    first = resume(state_file, parts, recipe)
    batches = make_pictures(folder, recipe, workers)
    if first == 0:
        finder = damage_finder(backbone.clip.visual.conv1, stem.seed, device)
        for part in (stem, more):
            train_stem(finder, batches, folder, part, device)
        start_text(backbone, recipe.text_steps, recipe.seed)
    backbone.clip.visual.conv1.requires_grad_(False)
    with (folder / "clip_losses.csv").open("a", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        start = time.monotonic()
        steps = tqdm(range(first, recipe.steps), "small CLIP", recipe.steps, initial=first, mininterval=10.0)
        for step in steps:
            losses = _train_step(backbone, batches[step % recipe.batches], recipe, step, device, optimizers.values())
            if step == 0:
                table.writerow(["step", "seconds", *losses])
            if step % 10 == 0:
                file.flush()
                table.writerow([step, round(time.monotonic() - start, 1), *(f"{v:.5f}" for v in losses.values())])
                steps.set_postfix({name: f"{value:.3f}" for name, value in losses.items()}, refresh=False)
            if (step + 1) % save_interval == 0:
                file.flush()
                save(state_file, parts, recipe, step + 1)
    write_whole(backbone.clip.state_dict(), weights)
    return weights


def make_pictures(folder: Path, recipe: Recipe, workers: int) -> list[dict[str, Any]]:
    """Return the batches of pictures, made once for a folder."""
    path = folder / f"pictures_{recipe.seed}_{recipe.batches}x{recipe.batch_size}.pt"
    if not path.exists():
        stream = PictureStream(recipe.seed, recipe.batch_size, 0, recipe.batches)
        loader = DataLoader(stream, recipe.batch_size, num_workers=workers, worker_init_fn=_use_one_thread)
        write_whole({"batches": list(tqdm(loader, "pictures", recipe.batches, mininterval=10.0))}, path)
    batches: list[dict[str, Any]] = torch.load(path, weights_only=True, mmap=True)["batches"]
    return batches


def _use_one_thread(_: int) -> None:
    """Processes that make pictures side by side would wait for each other's threads."""
    threadpool_limits(1)


def make_backbone(recipe: Recipe) -> ClipBackbone:
    """Return the small CLIP as it is before training."""
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    with torch_seed(recipe.seed):
        backbone.clip.load_state_dict(build_clip("embedded", "gelu").state_dict())  # open_clip's initial weights
        for block in backbone.clip.visual.transformer.resblocks:
            for output in (block.attn.out_proj, block.mlp.c_proj):
                output.weight.data.mul_(LATER)
    backbone.requires_grad_(True)
    nn.init.constant_(backbone.clip.logit_scale, math.log(10.0))
    return backbone


def make_optimizers(backbone: ClipBackbone, recipe: Recipe) -> dict[str, torch.optim.Optimizer]:
    """Return Muon for the blocks' matrices, which needs fewer pictures there, and AdamW for the rest but the stem.

    The stem stays as it learnt to see damage: half of a step's time is saved, and no caption makes it forget.
    """
    towers = {"vision": backbone.clip.visual.transformer, "text": backbone.clip.transformer}
    matrices = {
        name: [parameter for parameter in tower.resblocks.parameters() if parameter.ndim == 2]
        for name, tower in towers.items()
    }
    chosen = {id(matrix) for group in matrices.values() for matrix in group}
    rest: dict[str, list[nn.Parameter]] = {"vision": [], "text": []}
    for name, parameter in backbone.clip.named_parameters():
        if id(parameter) not in chosen and not name.startswith("visual.conv1."):
            rest["vision" if name.startswith("visual.") or name == "logit_scale" else "text"].append(parameter)
    boosts = {"vision": 1.0, "text": recipe.text_boost}
    settings = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay}
    muon, adamw = ([{"params": group[name], "boost": boosts[name]} for name in boosts] for group in (matrices, rest))
    return {
        "muon": torch.optim.Muon(muon, **settings, adjust_lr_fn="match_rms_adamw"),
        "adamw": torch.optim.AdamW(adamw, **settings, betas=(0.9, 0.98)),
    }


def use_activation(backbone: ClipBackbone, activation: str) -> None:
    """Change the activation of both towers: methods run CLIP with either, so the weights learn with both by turns."""
    for blocks in (backbone.clip.visual.transformer.resblocks, backbone.clip.transformer.resblocks):
        for block in blocks:
            block.mlp.gelu = QuickGELU() if activation == "quick_gelu" else nn.GELU()


def _train_step(
    backbone: ClipBackbone,
    batch: dict[str, Any],
    recipe: Recipe,
    step: int,
    device: torch.device,
    optimizers: Iterable[torch.optim.Optimizer],
) -> dict[str, float]:
    use_activation(backbone, ACTIVATIONS[step % 2])
    generator = torch.Generator(device).manual_seed(draw_seed(recipe.seed, step))
    losses = clip_loss(backbone, look(batch, recipe.sizes, generator, device, recipe.most_pixels))
    total = torch.stack(list(losses.values())).sum()
    backbone.zero_grad()
    total.backward()
    nn.utils.clip_grad_norm_(backbone.parameters(), 1.0)
    rate = rate_at(step, recipe.learning_rate, recipe.warmup, recipe.steps)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate * group["boost"]
        optimizer.step()
    return {name: float(value) for name, value in losses.items()}
