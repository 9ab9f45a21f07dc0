"""A small data set to train on, a tiny CLIP, and a run of the training workflow with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from acd_monai.bundle import compose, run_bundle

CLASSES = ("bottle", "screw")
"""Of MVTec: in its layout, squares are the defects."""

TINY: dict[str, Any] = {
    "architecture": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 28, "layers": 4, "width": 64, "head_width": 32, "patch_size": 14},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 1, "layers": 4},
    },
    "backbone_weights": None,
    "image_size": 28,
    "n_groups": 2,
    "prompts": {
        "_target_": "acd_monai.data.PromptEnsemble",
        "normal": ["{}"],
        "abnormal": ["a damaged {}"],
        "templates": ["{}."],
    },
    "blur": [1, 1.0],
    "datasets": ["mvtec"],
    "batch_size": 4,
    "epochs": 2,
    "precision": "fp32",
    "progress": False,
    "device": "cpu",
}


OF_ACD_CLIP = ("n_groups", "prompts", "blur", "batch_size")
"""What of :data:`TINY` would stand in for what another method's overlay says."""


def tiny_config(folder: Path, method: str | None = None) -> Path:
    """Write the tiny settings as the last config file of a run; another method gets a deeper text tower."""
    settings = {**TINY, "device": f"$torch.device({TINY['device']!r})"}
    if method is not None:
        settings = {name: value for name, value in settings.items() if name not in OF_ACD_CLIP}
        text = {**TINY["architecture"]["text_cfg"], "layers": 9}
        settings["architecture"] = {**TINY["architecture"], "text_cfg": text}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.json"
    path.write_text(json.dumps(settings))
    return path


def write_training_tree(root: Path, classes: tuple[str, ...] = CLASSES, normal: int = 3, abnormal: int = 4) -> Path:
    """Write ``normal`` and ``abnormal`` pictures of each class, with masks; always the same."""
    for name in classes:
        generator = np.random.default_rng(list(name.encode()))
        for index in range(normal + abnormal):
            picture = generator.integers(90, 150, (40 + index, 48, 3), dtype=np.uint8)
            mask = np.zeros(picture.shape[:2], dtype=np.uint8)
            if index >= normal:
                top, left = generator.integers(0, 20, 2)
                mask[top : top + 15, left : left + 18] = 255
                picture[mask > 0] = (230, 40, 40)
                _save(mask, root / name / "ground_truth" / "square" / f"{index:03d}_mask.png")
            kind = "square" if index >= normal else "good"
            _save(picture, root / name / "test" / kind / f"{index:03d}.png")
    return root


def train(root: Path | list[str], run: Path, method: str | None = None, **settings: Any) -> dict[str, torch.Tensor]:
    """Train on a tree as the command does, and return the adapters; the same numbers in every process."""
    tiny = tiny_config(run.parent, method)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        files = [*compose("industrial", method, workflow="train", trained_on=TINY["datasets"]), tiny]
        run_bundle(
            files,
            {"dataset_dir": root if isinstance(root, list) else str(root), "output_dir": str(run), **settings},
            "train",
        )
    finally:
        torch.set_num_threads(threads)
    return torch.load(run / "model_last.pt", weights_only=True)["model"]


def _save(array: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
