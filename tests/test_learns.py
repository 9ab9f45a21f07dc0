"""It learns: a tiny ACD-CLIP on an untrained CLIP goes from chance to finding defects on textures it has not seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acd_monai.bundle import compose, run_bundle
from acd_monai.data.synthetic import write_texture_benchmark
from acd_monai.reports.evaluation import EvaluationResult, read_evaluation

TRAINED = ("brushed_metal", "leather", "wood", "woven")
SIZE = 112
MODEL: dict[str, Any] = {
    "architecture": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": SIZE, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 1, "layers": 2},
    },
    "backbone_weights": None,
    "image_size": SIZE,
    "n_groups": 2,
    "noun": "surface",
    "prompts": {
        "_target_": "acd_monai.data.PromptEnsemble",
        "normal": ["{}"],
        "abnormal": ["a damaged {}"],
        "templates": ["{}."],
    },
    "device": "cpu",
    "progress": False,
}
RECIPE: dict[str, Any] = {
    "datasets": ["folder"],
    "precision": "fp32",
    "epochs": 10,
    "text_lr": 0.001,
    "image_lr": 0.003,
    "lr_decay": 0.85,
    "augmentation": {
        "_target_": "acd_monai.transforms.TrainingAugmentation",
        "noise_probability": 0.0,
        "jitter_probability": 0.0,
        "rotation_probability": 0.0,
        "shift_probability": 0.0,
    },
    "tensorboard": False,
}

CLEAR = ("foreign_piece", "misprint", "missing_piece", "stain")
"""Defects that a network of two blocks can tell from its surroundings."""


def make_textures(folder: Path, families: Sequence[str], normal: int, abnormal: int, seed: int) -> Path:
    write_texture_benchmark(folder, families, normal, abnormal, seed, SIZE, CLEAR)
    return folder


def train(data: Path, run: Path, **settings: Any) -> Path:
    """Train with the bundle's own workflow and return the adapters' file."""
    files = [*compose("industrial", workflow="train"), _overlay(run, {**MODEL, **RECIPE})]
    run_bundle(files, {"dataset_dir": str(data), "output_dir": str(run), **settings}, "train")
    return run / "adapters_last.safetensors"


def evaluate(data: Path, output: Path, weights: Path | None = None) -> EvaluationResult:
    """Evaluate with the bundle's own workflow."""
    settings = {"dataset_dir": str(data), "output_dir": str(output), "bootstrap": 0}
    if weights is not None:
        settings["weights"] = str(weights)
    files = [*compose("industrial", workflow="evaluate", dataset="folder"), _overlay(output, MODEL)]
    run_bundle(files, settings)
    return read_evaluation(output)


def _overlay(folder: Path, content: dict[str, Any]) -> Path:
    path = folder.with_name(f"{folder.name}.json")
    path.write_text(json.dumps({**content, "device": "$torch.device('cpu')"}))
    return path


def test_pixel_auroc_on_unseen_textures(tmp_path: Path) -> None:
    seen = make_textures(tmp_path / "seen", TRAINED, normal=0, abnormal=96, seed=0)
    unseen = make_textures(tmp_path / "unseen", TRAINED, normal=8, abnormal=24, seed=100)
    before = evaluate(unseen, tmp_path / "before").mean["pixel_auroc"].value
    weights = train(seen, tmp_path / "run")
    after = evaluate(unseen, tmp_path / "after", weights).mean["pixel_auroc"].value
    assert 0.35 < before < 0.65
    assert after >= 0.9
