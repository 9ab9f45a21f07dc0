"""Small evaluation results to write and to read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from acd_monai.reports.evaluation import ClassResult, Curve, EvaluationResult, Example, Figure, ImageScore

MODEL: dict[str, Any] = {
    "method": "ACDCLIP",
    "settings": {"n_groups": 4, "blur": [9, 1.5], "score_weights": [0.5, 0.5]},
    "weights": {"source": "adapter_20.pth", "sha256": "ab" * 32, "trained": True},
    "backbone": "ViT-L-14-336",
    "backbone_weights": {"source": "openai", "sha256": "cd" * 32, "trained": True},
    "image_size": 518,
    "nouns": ["scan"],
    "trained": True,
}
TRAINING = {"datasets": ["visa"], "split_sha256": "ef" * 32, "epoch_rule": "last", "epoch": 20, "seed": 0}
PROTOCOL = {"resolution": 518, "threshold": 0.5, "pixel_metrics": "streaming", "manifest_sha256": "01" * 32}
PUBLISHED = {
    "ACDCLIP n_groups=4": {"pixel_auroc": 97.0, "pixel_ap": 61.0, "image_auroc": 88.1},
    "ACDCLIP n_groups=2": {"pixel_auroc": 96.6},
    "WinCLIP": {"pixel_auroc": 86.0},
}


def make_class(name: str, seed: int = 0, images: int = 60, abnormal: int = 25) -> ClassResult:
    """A class whose image figures and curves are scikit-learn's, and whose pixel AP is undefined."""
    rng = np.random.default_rng(seed)
    labels = np.arange(images) < abnormal
    scores = np.clip(rng.normal(0.45 + 0.15 * labels, 0.1), 0, 1).astype(np.float32)
    rows = [
        ImageScore(f"{name}/test/{index:03d}.png", f"{name}_{index // 3}", int(label), float(score))
        for index, (label, score) in enumerate(zip(labels, scores, strict=True))
    ]
    rows[-1] = rows[-1]._replace(score=math.nan)
    figures = {"pixel_auroc": Figure(0.966, 0.951, 0.978, 2e-5), "pixel_ap": Figure(math.nan)}
    curves = {}
    if 0 < abnormal < images:
        auroc = float(roc_auc_score(labels, scores))
        figures["image_auroc"] = Figure(auroc, max(auroc - 0.05, 0), min(auroc + 0.04, 1))
        figures["image_ap"] = Figure(float(average_precision_score(labels, scores)))
        false, true, _ = roc_curve(labels, scores)
        precision, recall, _ = precision_recall_curve(labels, scores)
        curves = {"image_roc": Curve(false, true), "image_pr": Curve(recall, precision)}
        curves |= {"pixel_roc": Curve(false**2, true)}
    else:
        figures["image_auroc"] = figures["image_ap"] = Figure(math.nan)
    return ClassResult(name, "scan", images, abnormal, images // 3, 0, figures, rows, curves)


def make_example(
    kind: Any = "best", measure: float = 0.8, mask: bool = True, shape: tuple[int, int] = (40, 60)
) -> Example:
    rng = np.random.default_rng(int(measure * 100) if math.isfinite(measure) else 0)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    blob = np.exp(-(((rows / shape[0] - 0.4) ** 2 + (columns / shape[1] - 0.8) ** 2) / 0.05))
    image = np.clip(rng.normal(90, 12, (*shape, 1)) + 110 * blob[..., None], 0, 255).astype(np.uint8).repeat(3, axis=2)
    found = blob > 0.5 if mask else None
    return Example(
        image, found, (0.4 + 0.4 * blob).astype(np.float32), f"Brain/{kind}.png, Dice {measure:.2f}", kind, measure
    )


def make_result(classes: int | list[ClassResult] = 1, **changed: Any) -> EvaluationResult:
    if isinstance(classes, int):
        names = ["Brain", "liver_ct", "metal $nut_", "_screw", *(f"class {number}" for number in range(classes))]
        classes = [make_class(name, seed) for seed, name in enumerate(names[:classes])]
    content: dict[str, Any] = {
        "benchmark": "bmad_brain",
        "title": "BMAD Brain MRI",
        "split": "test",
        "classes": classes,
        "mean": {
            "image_auroc": Figure(0.8841, 0.85, 0.91),
            "pixel_auroc": Figure(0.966, 0.951, 0.978, 2e-5),
            "pixel_ap": Figure(math.nan),
            "image_ap": Figure(0.9),
        },
        "examples": [
            make_example(),
            make_example("best", 0.9),
            make_example("worst", 0.1),
            make_example("false_alarm", 0.7, mask=False),
        ],
        "model": MODEL,
        "protocol": PROTOCOL,
        "training": TRAINING,
        "overlap": [],
        "warnings": ["2 masks are missing"],
        "published": PUBLISHED,
    }
    return EvaluationResult(**(content | changed))
