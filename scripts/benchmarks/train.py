"""Seconds and peak memory of one ACD-CLIP training step, beside the plain recipe that computes all of CLIP's gradients.

Each recipe runs in a fresh process, on the same name-seeded weights, images and sentences, with the same adapters, loss
and optimizer; what differs is how CLIP is run. The losses of all recipes must agree, or the benchmark fails.

plain: open_clip's blocks with their attention weights materialised, 77 text tokens, float32, nothing frozen.
frozen: the same, with CLIP frozen.
ours: the package, in the precision it trains in on this machine; ours_checkpointed: with activation checkpointing.
ours_fp32: the package in float32.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import open_clip
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.data import PromptEnsemble
from acd_monai.losses import ACDCLIPLoss
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone, Logits
from acd_monai.networks.architectures import EMBEDDED
from acd_monai.networks.depths import equal_parts
from acd_monai.networks.nets.acd_clip import PIXEL_TEMPERATURE
from acd_monai.networks.precision import autocast, training_precision
from benchmarks.memory import peak_mib

__all__ = ["add_arguments", "run"]

RECIPES = ("plain", "frozen", "ours", "ours_checkpointed", "ours_fp32")
LOSS_TOLERANCE = 0.02
ROW = "{:18} {:10}" + 7 * " {:>8}"
SIZES = {"ViT-L-14-336": 518, "embedded": 112}
PROMPTS = PromptEnsemble(
    normal=["{}", "a {}", "the {}"],
    abnormal=["a damaged {}", "a broken {}", "a {} with flaw", "a {} with defect", "a {} with damage"],
    templates=["{}.", "a photo of {}."],
)


class Measured(NamedTuple):
    """One recipe: wall and CPU seconds a step, the process's peak memory in GiB, the first step's loss, how it ran."""

    seconds: float
    cpu_seconds: float
    peak: float
    loss: float
    precision: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--backbone", choices=list(SIZES), default="ViT-L-14-336", help="default: ViT-L-14-336")
    parser.add_argument("--batch", type=int, default=2, help="images a step (default: 2)")
    parser.add_argument("--steps", type=int, default=3, help="steps of ours, of which the median counts (default: 3)")
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=RECIPES, help="default: all")
    parser.add_argument("--child", choices=RECIPES, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> None:
    """Measure the recipes one after the other, print a table."""
    if options.child:
        print(json.dumps(_measure(options.child, options.backbone, options.batch, options.steps)))
        return
    size = SIZES[options.backbone]
    print(f"{options.backbone}, {size} x {size}, batch {options.batch}, 4 groups, {torch.get_num_threads()} threads")
    print("plain and frozen: one step; ours: median after one step to warm up; peak: of the whole process")
    columns = ("recipe", "precision", "s", "CPU s", "peak GiB", "x time", "x CPU", "x peak", "loss")
    print(ROW.format(*columns))
    first: Measured | None = None
    for recipe in options.recipes:
        now = _in_a_process_of_its_own(recipe, options)
        first = first or now
        ratios = now.seconds / first.seconds, now.cpu_seconds / first.cpu_seconds, now.peak / first.peak
        row = [f"{value:.2f}" for value in (now.seconds, now.cpu_seconds, now.peak, *ratios)]
        print(ROW.format(recipe, now.precision, *row, f"{now.loss:.5f}"), flush=True)
        if abs(now.loss - first.loss) > LOSS_TOLERANCE * first.loss:
            sys.exit(f"the loss of {recipe} is {now.loss:.5f}, wanted {first.loss:.5f} within {LOSS_TOLERANCE:.0%}")


def _in_a_process_of_its_own(recipe: str, options: argparse.Namespace) -> Measured:
    command = [sys.executable, "-W", "ignore", sys.argv[0], "train", "--child", recipe, "--backbone", options.backbone]
    command += ["--batch", str(options.batch), "--steps", str(options.steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{recipe} failed with exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def _measure(recipe: str, name: str, batch: int, steps: int) -> Measured:
    """Run steps of one recipe in this process."""
    size, ours = SIZES[name], recipe.startswith("ours")
    config = copy.deepcopy(EMBEDDED if name == "embedded" else open_clip.get_model_config(name))
    config["vision_cfg"]["image_size"] = size  # position embeddings of their own, so that nobody has to resize them
    backbone = ClipBackbone(
        config,
        activation="gelu",
        position_embedding="bicubic_antialias",
        checkpointing=recipe == "ours_checkpointed",
    )
    detector = AnomalyDetector(ACDCLIP(backbone, 4), "scan", PROMPTS).train()
    backbone.requires_grad_(recipe == "plain")
    precision = training_precision("auto", torch.device("cpu")) if ours and recipe != "ours_fp32" else "fp32"
    logits_of = detector.logits if ours else partial(_plain_logits, detector)
    step = partial(_step, detector, logits_of, precision, *_batch(batch, size))
    optimizer = torch.optim.Adam(detector.network.adapters().parameters(), lr=1e-3)
    times, losses = [], []
    for _ in range(steps + 1 if ours else 1):
        start = time.perf_counter(), time.process_time()
        losses.append(step(optimizer))
        times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    seconds, cpu_seconds = (statistics.median(column) for column in zip(*times[1 if ours else 0 :], strict=True))
    return Measured(seconds, cpu_seconds, peak_mib() / 1024, losses[0], precision)


def _batch(batch: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return images, labels and masks; every second image has a defect."""
    image = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(0))
    label = torch.arange(batch) % 2
    mask = torch.zeros(batch, 1, size, size)
    mask[label == 1, :, size // 4 : size // 2, size // 3 : size // 2] = 1
    return image, label, mask


def _step(
    detector: AnomalyDetector,
    logits_of: Callable[[Tensor], Logits],
    precision: str,
    image: Tensor,
    label: Tensor,
    mask: Tensor,
    optimizer: torch.optim.Optimizer,
) -> float:
    detector.zero_grad(set_to_none=True)
    with autocast(precision, image.device):
        logits = logits_of(image)
    loss = ACDCLIPLoss()(logits, label, mask)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def _plain_logits(detector: AnomalyDetector, image: Tensor) -> Logits:
    """Run ACD-CLIP's adapters as one would write them into open_clip's own model."""
    network: Any = detector.network
    clip = network.backbone.clip
    text = _plain_text(network, clip, *detector.sentences[0])
    grid = network.backbone.grid_of(*image.shape[-2:])
    tokens = clip.visual._embeds((image - detector.mean) / detector.std)
    ends = equal_parts(network.backbone.depth, network.n_groups)
    pixel, whole = [], []
    for depth, block in enumerate(clip.visual.transformer.resblocks, start=1):
        tokens = _plain_block(block, tokens, None)
        if depth in ends:
            group = ends.index(depth)
            adapter = network.image_adapters[group]
            tokens = adapter.edit(tokens, grid)
            segmentation = adapter.segmentation_head(tokens[:, 1:])
            map_logits = PIXEL_TEMPERATURE * segmentation @ adapter.gateway(segmentation, text)
            pixel.append(map_logits.transpose(1, 2).unflatten(2, grid))
            whole.append(adapter.detection_head(tokens[:, 1:]).mean(dim=1) @ text[0, group])
    return Logits(torch.stack(whole).mean(dim=0), torch.stack(pixel))


def _plain_text(network: Any, clip: Any, normal: list[str], abnormal: list[str]) -> Tensor:
    """Return text features ``(1, N, D, 2)`` from all 77 tokens."""
    ids = network.backbone.tokenizer([*normal, *abnormal])
    tokens = clip.token_embedding(ids) + clip.positional_embedding
    ends = equal_parts(network.backbone.text_depth, network.n_groups)
    features = []
    for depth, block in enumerate(clip.transformer.resblocks, start=1):
        tokens = _plain_block(block, tokens, clip.attn_mask)
        if depth in ends:
            adapter = network.text_adapters[ends.index(depth)]
            tokens = adapter.edit(tokens)
            ended = F.normalize(adapter.norm(tokens)[torch.arange(len(ids)), ids.argmax(dim=1)], dim=-1)
            states = [ended[: len(normal)].mean(dim=0), ended[len(normal) :].mean(dim=0)]
            features.append(F.normalize(torch.stack(states, dim=-1), dim=0))
    return torch.stack(features)[None]


def _plain_block(block: Any, tokens: Tensor, mask: Tensor | None) -> Tensor:
    """Run a block of open_clip, its attention weights ``(B, heads, L, L)`` materialised."""
    normed = block.ln_1(tokens)
    tokens = tokens + block.attn(normed, normed, normed, attn_mask=mask, average_attn_weights=False)[0]
    return tokens + block.mlp(block.ln_2(tokens))
