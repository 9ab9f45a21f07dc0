"""Seconds and peak memory of the metrics: 10^8 pixels exactly, AUPRO of 1,000 maps, and two test sets streamed.

Each measurement happens in a fresh process. Making the maps is not timed; they are cut at random out of a few smooth
fields, so that any number is made in little time and the same ones every time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.memory import peak_mib

__all__ = ["add_arguments", "run"]


class MapAndMask(NamedTuple):
    """An anomaly map in [0, 1] and its mask, both ``(H, W)``."""

    anomaly_map: np.ndarray
    mask: np.ndarray


class Measured(NamedTuple):
    """Seconds without making the maps; peak memory in MiB, whole and beyond the imports; and what came out."""

    seconds: float
    peak: float
    growth: float
    result: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--scale", type=float, default=1.0, help="part of the pixels or maps to take (default: 1)")
    parser.add_argument("--only", choices=list(_TASKS), help="one measurement instead of all")
    parser.add_argument("--device", default="cpu", help="where streaming happens (default: cpu)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> None:
    """Measure one after another and print a table."""
    if options.child:
        import acd_monai.metrics  # noqa: F401  (what it brings along is not the metrics' memory)

        print(json.dumps(_TASKS[options.only](options.scale, options.device, peak_mib())))
        return
    print("peak: of the whole process, imports included; growth: beyond the imports")
    print(f"{'measurement':32} {'seconds':>8} {'peak MiB':>9} {'growth MiB':>11}  result")
    for name in [options.only] if options.only else list(_TASKS):
        command = [sys.executable, "-W", "ignore", sys.argv[0], "metrics", "--child", "--only", name]
        command += ["--scale", str(options.scale), "--device", options.device]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name} failed: {done.stderr.strip()[-500:]}")
        measured = Measured(*json.loads(done.stdout.splitlines()[-1]))
        print(f"{name:32} {measured.seconds:8.1f} {measured.peak:9.0f} {measured.growth:11.0f}  {measured.result}")


def _rank_pixels(scale: float, device: str, before: float) -> Measured:
    import torch

    from acd_monai.metrics import rank_figures

    generator = torch.Generator().manual_seed(0)
    count = int(1e8 * scale)
    labels = torch.rand(count, generator=generator) < 0.02
    scores = torch.randn(count, generator=generator).add_(labels, alpha=2).mul_(0.7).sigmoid_()
    start = time.perf_counter()
    figures = rank_figures(scores, labels)
    return _measured(
        time.perf_counter() - start, before, f"AUROC {figures.auroc:.6f}, AP {figures.average_precision:.6f}"
    )


def _aupro(scale: float, device: str, before: float) -> Measured:
    from acd_monai.metrics import aupro

    maps, masks = zip(*_maps(int(1000 * scale), (256, 256)), strict=True)
    start = time.perf_counter()
    area = aupro(maps, masks)
    return _measured(time.perf_counter() - start, before, f"AUPRO {area:.6f}")


def _stream(count: int, shape: tuple[int, int]) -> Callable[[float, str, float], Measured]:
    def task(scale: float, device: str, before: float) -> Measured:
        from acd_monai.metrics import CaseSketches, ScoreHistogram, bootstrap_pixels, region_weights

        histogram, sketches, seconds = ScoreHistogram(device), CaseSketches(), 0.0
        for number, (anomaly_map, mask) in enumerate(_maps(int(count * scale), shape)):
            start = time.perf_counter()
            weights = region_weights(mask)
            histogram.update(anomaly_map, mask, weights)
            sketches.add(f"case {number // 5}", anomaly_map, mask, weights)
            seconds += time.perf_counter() - start
        start = time.perf_counter()
        figures = histogram.figures()
        resamples = bootstrap_pixels(sketches, figures)
        seconds += time.perf_counter() - start
        low, high = resamples.aupro.interval
        bound = max(figures.error_bound)
        return _measured(
            seconds, before, f"AUPRO {figures.aupro:.4f} ({low:.4f}-{high:.4f}), largest error bound {bound:.1e}"
        )

    return task


def _measured(seconds: float, before: float, result: str) -> Measured:
    peak = peak_mib()
    return Measured(seconds, peak, peak - before, result)


def _maps(count: int, shape: tuple[int, int]) -> Iterator[MapAndMask]:
    """Softmax-like maps; every third is normal."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    fields = []
    for sigma in (12, 4):
        field = gaussian_filter(rng.normal(size=(2 * shape[0], 2 * shape[1])), sigma, mode="wrap")
        fields.append((field / field.std()).astype(np.float32))
    for number in range(count):
        lesion, noise = (
            field[top : top + shape[0], left : left + shape[1]]
            for field, top, left in zip(fields, rng.integers(0, shape[0], 2), rng.integers(0, shape[1], 2), strict=True)
        )
        mask = (lesion > 2) & (number % 3 > 0)
        yield MapAndMask(1 / (1 + np.exp(3 - 1.5 * noise - 3 * mask * (lesion - 1.5))), mask)


_TASKS: dict[str, Callable[[float, str, float], Measured]] = {
    "10^8 pixels AUROC+AP+F1": _rank_pixels,
    "AUPRO, 1000 maps 256 x 256": _aupro,
    "streamed, 3715 maps 240 x 240": _stream(3715, (240, 240)),
    "streamed, 1805 maps 512 x 1024": _stream(1805, (512, 1024)),
}
