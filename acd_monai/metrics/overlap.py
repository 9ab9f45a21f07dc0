"""Dice and intersection over union of all pixels at one threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.metrics.scores_and_labels import check_scores_and_labels

__all__ = ["OverlapFigures", "count_overlap", "overlap_figures", "overlap_of"]


class OverlapFigures(NamedTuple):
    """Both in [0, 1]; NaN where there is neither a prediction nor a label.

    Attributes:
        dice: 2·TP / (2·TP + FP + FN).
        iou: TP / (TP + FP + FN).
    """

    dice: float
    iou: float


def count_overlap(scores: Tensor | np.ndarray, labels: Tensor | np.ndarray, threshold: float) -> Tensor:
    """Count pixels at a threshold.

    Args:
        scores: N scores; a pixel is predicted abnormal when score >= threshold.
        labels: N labels, 0 or 1.
        threshold: Compared in the scores' own precision.

    Returns:
        ``(3,)`` int64: true positives, false positives, false negatives.

    Raises:
        AcdMonaiError: As :func:`~acd_monai.metrics.scores_and_labels.check_scores_and_labels`.
        ConfigError: The threshold is NaN.
    """
    if threshold != threshold:
        raise ConfigError("the threshold is nan; expected a number in [0, 1]. Choose one with --threshold.")
    score, label = check_scores_and_labels(scores, labels)
    predicted = score >= threshold
    hits = (predicted & label).sum()
    return torch.stack([hits, predicted.sum() - hits, label.sum() - hits])


def overlap_figures(counts: Tensor | np.ndarray) -> OverlapFigures:
    """Dice and IoU of true positives, false positives and false negatives, ``(3,)``, summed over all images."""
    dice, iou = overlap_of(torch.as_tensor(counts).double())
    return OverlapFigures(float(dice), float(iou))


def overlap_of(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Dice and IoU ``(…)`` of counts ``(…, 3)``, float64."""
    hits, misses = counts[..., 0], counts[..., 1] + counts[..., 2]
    return 2 * hits / (2 * hits + misses), hits / (hits + misses)
