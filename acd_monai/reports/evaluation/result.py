"""What an evaluation on a benchmark found: the one contract between who computes and who writes it down.

Figures are fractions in [0, 1]; undefined is NaN, left out of means. Only what is printed is in percent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

__all__ = ["FIGURES", "ClassResult", "Curve", "EvaluationResult", "Example", "Figure", "ImageScore"]

FIGURES: dict[str, str] = {
    "image_auroc": "image AUROC",
    "image_ap": "image AP",
    "image_f1_max": "image F1-max",
    "pixel_auroc": "pixel AUROC",
    "pixel_ap": "pixel AP",
    "pixel_f1_max": "pixel F1-max",
    "pixel_aupro": "pixel AUPRO",
    "pixel_dice": "pixel Dice",
    "pixel_iou": "pixel IoU",
    "case_auroc": "case AUROC",
    "case_ap": "case AP",
}
"""Name of every figure and its column's heading, in the order of the columns. The name begins with its level."""


class Figure(NamedTuple):
    """One figure of merit.

    Attributes:
        value: in [0, 1], NaN undefined.
        low: lower end of the 95 % interval, NaN where there is none.
        high: its upper end.
        error_bound: how far the value may lie from the exact one, 0 where it is exact.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    error_bound: float = 0.0


class ImageScore(NamedTuple):
    """Score of one image.

    Attributes:
        image: path relative to the data root, separated by ``/``.
        case: the patient or object it belongs to.
        label: 0 normal, 1 abnormal.
        score: higher is more anomalous, NaN where it was not scored.
    """

    image: str
    case: str
    label: int
    score: float


class Curve(NamedTuple):
    """A curve to draw, of at most about 1,000 points: false over true positive rate, or recall over precision.

    Attributes:
        x: ``(points,)`` in [0, 1].
        y: ``(points,)`` in [0, 1].
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class ClassResult:
    """One class of the benchmark.

    Attributes:
        class_name: as the benchmark calls it.
        noun: what the prompts called it.
        images: number of images.
        abnormal: how many of them are abnormal.
        cases: number of patients or objects.
        with_masks: how many images took part in the pixel figures.
        figures: by name, see :data:`FIGURES`; a level that the benchmark does not have may be left out.
        scores: of every image.
        curves: ``image_roc``, ``image_pr``, ``pixel_roc``, ``pixel_pr``, as far as they are defined.
    """

    class_name: str
    noun: str
    images: int
    abnormal: int
    cases: int
    with_masks: int
    figures: dict[str, Figure]
    scores: list[ImageScore]
    curves: dict[str, Curve]


class Example(NamedTuple):
    """One image to look at.

    Attributes:
        image: ``(H, W, 3)`` uint8.
        mask: ``(H, W)`` bool, what is abnormal; None where that is not known.
        anomaly_map: ``(H, W)`` float32.
        title: one line.
        kind: one of the best, of the worst, or a normal image that was scored high.
        measure: what it was chosen by; the best and the false alarms are shown highest first, the worst lowest first.
    """

    image: np.ndarray
    mask: np.ndarray | None
    anomaly_map: np.ndarray
    title: str
    kind: Literal["best", "worst", "false_alarm"]
    measure: float


@dataclass(frozen=True)
class EvaluationResult:
    """All that is known after an evaluation.

    Attributes:
        benchmark: its key, ``"bmad_brain"``.
        title: its name in words.
        split: ``"test"``, …
        classes: in the order of the table.
        mean: over the classes in which a figure is defined.
        examples: images to look at.
        model: as :meth:`acd_monai.networks.AnomalyDetector.describe` gives it.
        protocol: plain JSON values: ``resolution``, ``threshold``, ``pixel_metrics``, ``manifest_sha256``, ….
        training: what the weights were trained on (``datasets``, ``split_sha256``, ``epoch_rule``, ``epoch``,
            ``seed``, ``code_version``); ``{"datasets": []}`` for a method without training; None where not known.
        overlap: images that are also in the training set, where the evaluation was forced in spite of them.
        warnings: lines.
        published: figures in percent by method and settings, ``{"ACDCLIP n_groups=4": {"pixel_auroc": 97.0}}``.
    """

    benchmark: str
    title: str
    split: str
    classes: list[ClassResult]
    mean: dict[str, Figure]
    examples: list[Example]
    model: dict[str, Any]
    protocol: dict[str, Any]
    training: dict[str, Any] | None
    overlap: list[str]
    warnings: list[str]
    published: dict[str, dict[str, float]]
