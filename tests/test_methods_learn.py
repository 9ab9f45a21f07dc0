"""Every method that trains learns on an untrained CLIP which of two marks is the defect, and finds it elsewhere.

CLIP's features and text are random here, and most of these methods train linear maps or words alone, so the task is one
of colour: every picture has a mark of one colour, and an abnormal one a second mark of another. Each method has to
learn it with the colours one way and the other way: no map that stands out by itself passes both.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from acd_monai.bundle import compose, run_bundle

SIZE, MARK = 48, 14
COLOURS = {"red": (220, 50, 40), "blue": (40, 60, 220)}
CLIP: dict[str, Any] = {
    "architecture": {
        "embed_dim": 64,
        "vision_cfg": {"image_size": SIZE, "layers": 4, "width": 64, "head_width": 32, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 1, "layers": 9},
    },
    "backbone_weights": None,
    "image_size": SIZE,
    "device": "$torch.device('cpu')",
}


class Recipe(NamedTuple):
    """A tiny training run."""

    epochs: int
    learning_rate: float


RECIPES = {
    "anomaly_clip": (Recipe(8, 0.01), 0.88),
    "ada_clip": (Recipe(2, 0.003), 0.95),
    "april_gan": (Recipe(8, 0.01), 0.95),
    "clip_ad": (Recipe(8, 0.01), 0.94),
}
"""With the pixel AUROC that is wanted. The lowest of two seeds and both ways round was 0.934, 0.985, 0.983 and 0.975;
before training the worse way gave 0.14 (``anomaly_clip``), 0.13 (``april_gan``) and 0.25 (``clip_ad``)."""


def write_pictures(root: Path, defect: str, abnormal: int, seed: int) -> Path:
    """Write grey noise with marks, as MVTec lies on disk, half as many normal as abnormal pictures."""
    (usual,) = COLOURS.keys() - {defect}
    generator = np.random.default_rng(seed)
    for index in range(abnormal + abnormal // 2):
        picture = generator.integers(90, 150, (SIZE, SIZE, 3), dtype=np.uint8)
        mask = np.zeros((SIZE, SIZE), dtype=np.uint8)
        corners = generator.permutation([(0, 0), (0, 24), (24, 0), (24, 24)])[:2] + generator.integers(0, 10, (2, 2))
        _draw(picture, corners[0], COLOURS[usual])
        kind = "good"
        if index < abnormal:
            kind = defect
            _draw(picture, corners[1], COLOURS[defect])
            _draw(mask, corners[1], 255)
            _save(mask, root / "bottle" / "ground_truth" / kind / f"{index:03d}_mask.png")
        _save(picture, root / "bottle" / "test" / kind / f"{index:03d}.png")
    return root


def _draw(picture: np.ndarray, corner: np.ndarray, colour: Any) -> None:
    top, left = corner
    picture[top : top + MARK, left : left + MARK] = colour


def _save(array: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def pixel_auroc(method: str, defect: str, folder: Path, recipe: Recipe, seed: int = 0) -> float:
    """Train with the bundle's own workflow, and return what the validation after the last epoch says."""
    folder.mkdir(exist_ok=True)
    seen = write_pictures(folder / "seen", defect, abnormal=32, seed=seed)
    unseen = write_pictures(folder / "unseen", defect, abnormal=8, seed=seed + 1000)
    (folder / "clip.json").write_text(json.dumps(CLIP))
    settings = {
        "dataset_dir": str(seen), "datasets": ["folder"], "noun": "surface", "output_dir": str(folder / "run"),
        "validation_dataset": "folder", "validation_dir": str(unseen), "val_interval": recipe.epochs,
        **recipe._asdict(), "seed": seed,
        "precision": "fp32", "progress": False, "tensorboard": False,
    }  # fmt: skip
    files = [*compose("industrial", method, workflow="train", trained_on=["folder"]), folder / "clip.json"]
    run_bundle(files, settings, "train")
    with (folder / "run" / "validation.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    return float(row["pixel_auroc"])


@pytest.mark.parametrize("defect", COLOURS)
@pytest.mark.parametrize("method", RECIPES)
def test_pixel_auroc_on_unseen_pictures(method: str, defect: str, tmp_path: Path) -> None:
    recipe, wanted = RECIPES[method]
    assert pixel_auroc(method, defect, tmp_path, recipe) >= wanted
