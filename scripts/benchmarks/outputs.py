"""Seconds to write the outputs of a synthetic 512 x 512 x 300 case from a DICOM series, all at once and one by one.

Beside the seconds passed stand those of processor time, which tell on a machine that is busy otherwise. One by one they
take longer: a scene without the NIfTI map has a copy of its own, and DICOM without the report draws it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, LoadImaged
from scipy import ndimage

from acd_monai.data.synthetic import write_mr_series
from acd_monai.handlers.case_result import CaseResult
from acd_monai.handlers.view_of_case import view_of_case
from acd_monai.reports import Threshold
from acd_monai.reports.outputs import OUTPUTS, CaseOutput, CaseView, choose_outputs, write_outputs
from acd_monai.transforms import ScaleMRd, SlicePlaned
from benchmarks.memory import peak_mib

__all__ = ["add_arguments", "make_view", "run"]

MODEL = {
    "method": "ACDCLIP",
    "settings": {},
    "backbone": "ViT-L-14-336",
    "image_size": 518,
    "nouns": ["scan"],
    "weights": "none: a synthetic map",
    "backbone_weights": "none: a synthetic map",
    "trained": True,
    "caution": None,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--size", type=int, default=512, help="rows and columns (default: 512)")
    parser.add_argument("--slices", type=int, default=300, help="default: 300")
    parser.add_argument("--outputs", default=",".join(output.name for output in OUTPUTS), help="default: all")


def run(options: argparse.Namespace) -> None:
    """Make a case, write all outputs, then each by itself; print a table."""
    shape = (options.size, options.size, options.slices)
    with tempfile.TemporaryDirectory() as folder:
        out, clock = Path(folder, "out"), _Clock()
        view = make_view(shape, Path(folder, "study"), clock.start)
        print(f"{shape[0]} x {shape[1]} x {shape[2]}, {view.summary.components.total} findings")
        components, outputs = clock.read("components"), choose_outputs(options.outputs)
        print(f"{_write('all', view, outputs, out, clock)}; peak memory {peak_mib():.0f} MiB")
        print(components)
        for output in outputs:
            print(_write(output.name, view, [output], out, _Clock()))


def make_view(shape: tuple[int, int, int], study: Path, ready: Callable[[], None] = lambda: None) -> CaseView:
    """Write a study of this shape to a folder, read it, and find the findings of its map.

    Args:
        shape: columns, rows, slices.
        study: must not be there.
        ready: called before the findings are looked for.
    """
    anomaly_map = _make_map(shape)
    write_mr_series(1000 * anomaly_map, np.diag((-0.7, -0.7, 1.0, 1.0)), study)
    steps = [
        LoadImaged("image", reader="acd_monai.data.StudyReader", ensure_channel_first=True),
        SlicePlaned("image", "axial"),
        ScaleMRd("image"),
    ]
    image = Compose(steps)({"image": str(study)})["image"]
    affine = torch.as_tensor(image.meta["original_affine"])
    pred = MetaTensor(torch.from_numpy(anomaly_map)[None], affine=affine)
    result = CaseResult(image, pred, image.as_tensor().amax(dim=(0, 1, 2)), "axial")
    ready()
    return view_of_case(
        {"case": "case", "image": str(study), "source": "study"},
        result,
        threshold=Threshold(0.6, "given"),
        domain="brain_mri",
        modalities=(),
        model=MODEL,
        fingerprint={},
        with_patient=False,
    )


def _write(name: str, view: CaseView, outputs: Sequence[CaseOutput], folder: Path, clock: _Clock) -> str:
    """Write outputs, say how long it took and how large they are, and remove them."""
    write_outputs(view, outputs, folder, time.monotonic(), progress=False)
    size = sum(path.stat().st_size for path in folder.iterdir())
    line = f"{clock.read(name)}{size / 2**20:9.1f} MiB"
    shutil.rmtree(folder)
    return line


class _Clock:
    """Seconds since it was made or started again, passed and of processor time."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.passed, self.used = time.perf_counter(), time.process_time()

    def read(self, name: str) -> str:
        passed, used = time.perf_counter() - self.passed, time.process_time() - self.used
        return f"{name:12}{passed:7.1f} s{used:7.1f} s of processor time"


def _make_map(shape: tuple[int, int, int]) -> np.ndarray:
    """Smooth noise in [0, 1] with many findings of all sizes at 0.6, in part of the volume, as a head fills its own."""
    coarse = np.random.default_rng(0).random([max(2, length // 12) for length in shape], dtype=np.float32)
    coarse = ndimage.gaussian_filter(coarse, 1.0)
    whole = ndimage.zoom(coarse, [length / small for length, small in zip(shape, coarse.shape, strict=True)], order=1)
    whole = np.clip((whole - whole.min()) / (whole.max() - whole.min()), 0.0, 1.0)
    return np.ascontiguousarray(whole[: shape[0], : shape[1], : shape[2]])
