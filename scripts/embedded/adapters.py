"""Trains ACD-CLIP's adapters on the small CLIP, on industrial pictures alone, by the bundle's own train workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from acd_monai.bundle import compose, run_bundle
from acd_monai.data.synthetic import write_texture_benchmark
from embedded.adapter_start import write_start
from embedded.pictures import SCAN_LIKE, TRAINING_FAMILIES, PictureStream
from embedded.retaken import retake
from embedded.views import look, normalise

__all__ = ["train_adapters"]

IMAGE_RATE, TEXT_RATE = 1e-4, 5e-5
"""A tenth of the method's own learning rates: ACD-CLIP's adapters do not start from nothing here."""

PICTURE_SEED = 1000
"""Of the benchmark: far from the row of pictures that the CLIP learns from."""


def train_adapters(
    folder: Path, clip: Path, *, method: str = "acd_clip", normal: int, abnormal: int, epochs: int, image_size: int
) -> Path:
    """Train and return the adapters' file; a run that is there goes on.

    Args:
        folder: takes the pictures, shared by all methods, and a run for each method.
        clip: weights of the small CLIP.
        method: which adapters.
        normal: pictures of each industrial family without a defect; twice as many of those like scans.
        abnormal: and with one.
        epochs: of training.
        image_size: pixels.
    """
    pictures, run = folder / "industrial", folder / method
    if not pictures.exists():
        part = folder / "industrial.part"
        for family in TRAINING_FAMILIES:
            times = 2 if family in SCAN_LIKE else 1
            (made,) = write_texture_benchmark(part, [family], times * normal, times * abnormal, PICTURE_SEED)
            retake(made, PICTURE_SEED)
        part.rename(pictures)
    settings: dict[str, Any] = {
        "dataset_dir": str(pictures),
        "datasets": ["folder"],
        "output_dir": str(run),
        "backbone_weights": str(clip),
        "image_size": image_size,
        "epochs": epochs,
    }
    if method == "acd_clip":
        start = folder / "acd_clip_start.safetensors"
        write_start(clip, start, _some_pictures())
        settings |= {"weights": str(start), "image_lr": IMAGE_RATE, "text_lr": TEXT_RATE}
    run_bundle(compose("industrial", method, workflow="train"), settings, workflow_type="train")
    return run / "adapters_last.safetensors"


def _some_pictures() -> Tensor:
    """Return pictures as the CLIP has learnt from, ``(48, 3, 112, 112)``, normalised."""
    batch = next(iter(DataLoader(PictureStream(0, 48, 0, 1), 48)))
    return normalise(look(batch, (112,), torch.Generator().manual_seed(0), torch.device("cpu")).pixels)
