"""Trains ACD-CLIP's adapters on the small CLIP, on industrial pictures alone, by the bundle's own train workflow."""

from __future__ import annotations

from pathlib import Path

from acd_monai.bundle import compose, run_bundle
from acd_monai.data.synthetic import write_texture_benchmark
from embedded.pictures import TRAINING_FAMILIES

__all__ = ["train_adapters"]

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
        normal: pictures of each industrial family without a defect.
        abnormal: and with one.
        epochs: of training.
        image_size: pixels.
    """
    pictures, run = folder / "industrial", folder / method
    if not pictures.exists():
        part = folder / "industrial.part"
        write_texture_benchmark(part, TRAINING_FAMILIES, normal, abnormal, PICTURE_SEED)
        part.rename(pictures)
    settings = {
        "dataset_dir": str(pictures),
        "datasets": ["folder"],
        "output_dir": str(run),
        "backbone_weights": str(clip),
        "image_size": image_size,
        "epochs": epochs,
    }
    run_bundle(compose("industrial", method, workflow="train"), settings, workflow_type="train")
    return run / "adapters_last.safetensors"
