"""Seconds an image and peak memory of every method, and WinCLIP beside a loop over its windows.

Each measurement runs in a fresh process on name-seeded weights, batch 1: what is timed is the network's prediction, its
text encoded before. The loop runs each window by itself, as the method's public ports do with a few lines; its
embeddings must be ours, or the benchmark fails, and so it does when ours take more than a third of its time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

import torch
from monai.bundle import ConfigParser
from torch import Tensor

from acd_monai.bundle import BACKBONES, METHODS, compose
from acd_monai.errors import AcdMonaiError, find_cause
from acd_monai.networks import AnomalyDetector, ClipBackbone
from acd_monai.networks.windows import SIDES, encode_windows, patches_of_windows
from benchmarks.memory import peak_mib

__all__ = ["add_arguments", "run"]

LOOP, WINDOWS = "windows one by one", "windows in batches"
LARGEST_SHARE = 1 / 3
TOLERANCE = 1e-4


class Measured(NamedTuple):
    """Median seconds an image, the process's peak memory in MiB, and the sum of what was computed."""

    seconds: float
    peak: float
    total: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--backbone", choices=list(BACKBONES), default="embedded", help="default: embedded")
    parser.add_argument("--methods", nargs="*", default=list(METHODS), help="default: all")
    parser.add_argument("--images", type=int, default=3, help="of which the median counts, after one more (default: 3)")
    parser.add_argument("--windows-backbone", choices=list(BACKBONES), default="vit_b_16_plus_240", help="of WinCLIP")
    parser.add_argument("--no-windows", action="store_true", help="leave out the loop over windows")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "BACKBONE"), help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> None:
    """Measure one after the other, print two tables."""
    if options.child:
        print(json.dumps(_measure(*options.child, options.images)))
        return
    load = os.getloadavg()[0]
    print(
        f"{torch.get_num_threads()} threads, load {load:.1f}; batch 1, median of {options.images}; peak: whole process"
    )
    print(f"{'method':20} {'backbone':20} {'s/image':>9} {'peak MiB':>9}")
    for method in options.methods:
        _report(method, options.backbone, _in_a_process_of_its_own(method, options.backbone, options.images))
    if options.no_windows:
        return
    loop, ours = (_in_a_process_of_its_own(what, options.windows_backbone, options.images) for what in (LOOP, WINDOWS))
    if isinstance(loop, str) or isinstance(ours, str):
        sys.exit(f"WinCLIP's windows could not be measured: {loop}; {ours}")
    _report(LOOP, options.windows_backbone, loop)
    _report(WINDOWS, options.windows_backbone, ours)
    print(f"batches take {ours.seconds / loop.seconds:.2f} of the loop's time; at most {LARGEST_SHARE:.2f} is wanted")
    if abs(ours.total - loop.total) > TOLERANCE * abs(loop.total):
        sys.exit(f"the embeddings differ: their sum is {ours.total:.6g}, wanted {loop.total:.6g}")
    if ours.seconds > LARGEST_SHARE * loop.seconds:
        sys.exit("batches are too slow")


def _report(what: str, backbone: str, measured: Measured | str) -> None:
    if isinstance(measured, str):
        print(f"{what:20} {backbone:20} {measured}", flush=True)
    else:
        print(f"{what:20} {backbone:20} {measured.seconds:9.3f} {measured.peak:9.0f}", flush=True)


def _in_a_process_of_its_own(what: str, backbone: str, images: int) -> Measured | str:
    """Return what was measured, or why nothing could be."""
    command = [sys.executable, "-W", "ignore", sys.argv[0], "methods", "--images", str(images)]
    done = subprocess.run([*command, "--child", what, backbone], capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def _measure(what: str, backbone: str, images: int) -> Measured:
    """Run one method, or WinCLIP's windows in one of two ways, in this process."""
    try:
        detector = _detector("win_clip" if what in (LOOP, WINDOWS) else what, backbone)
    except (AcdMonaiError, RuntimeError) as error:
        sys.exit(str(find_cause(error) or error))
    size, network = detector.image_size, detector.network
    generator = torch.Generator().manual_seed(0)
    times, total = [], 0.0
    with torch.no_grad():
        if what not in (LOOP, WINDOWS):
            detector.encode_nouns()
        for _ in range(images + 1):
            image = torch.rand(1, 3, size, size, generator=generator)
            start = time.perf_counter()
            if what == LOOP:
                scales = _loop_over_windows(network.backbone, image)
            elif what == WINDOWS:
                scales = [encode_windows(network.backbone, image, side) for side in SIDES]
            else:
                scales = [detector.predict(image).anomaly_map]
            times.append(time.perf_counter() - start)
            total = sum(float(scale.double().abs().sum()) for scale in scales)
    return Measured(statistics.median(times[1:]), peak_mib(), total)


def _detector(method: str, backbone: str) -> AnomalyDetector:
    """Build a method by its overlay as the bundles do, without weights of its own or of CLIP's."""
    parser = ConfigParser()
    parser.read_config([str(path) for path in compose("brain_mri", method, backbone)])
    parser.update({"backbone_weights": None})
    detector: AnomalyDetector = parser.get_parsed_content("network_def")
    return detector.eval()


def _loop_over_windows(backbone: ClipBackbone, image: Tensor) -> list[Tensor]:
    """Embed every window by itself."""
    tokens, grid = backbone.embed_image(image), backbone.grid_of(*image.shape[-2:])
    scales = []
    for side in SIDES:
        windows = []
        for patches in patches_of_windows(grid, side):
            inside = torch.cat([torch.zeros(1, dtype=torch.long), patches + 1])
            windows.append(backbone.project_image(backbone.run_image_tokens(tokens[:, inside]).tokens[:, 0]))
        scales.append(torch.stack(windows, dim=1))
    return scales
