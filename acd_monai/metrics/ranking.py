"""Exact figures of a ranking: AUROC, average precision and the best F1, each as scikit-learn computes it.

Everything rests on one table, :class:`RankedGroups`: for each distinct score that abnormal samples have, how many of
them have it and how many normal samples lie above and at it. Between two such scores only normal samples pass, which
changes none of the figures, so a hundred million normal pixels cost one sort and no index.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.metrics.scores_and_labels import check_scores_and_labels

__all__ = [
    "BestF1",
    "RankFigures",
    "RankedGroups",
    "auroc",
    "auroc_of",
    "average_precision",
    "average_precision_of",
    "f1_max",
    "f1_max_of",
    "group_counts",
    "group_scores",
    "group_split_scores",
    "rank_figures",
    "rank_figures_of",
]


class RankedGroups(NamedTuple):
    """Samples grouped by score, highest first; leading axes (…) are independent rankings over the same scores.

    Attributes:
        scores: ``(K,)``, lowest score of each group, strictly descending.
        abnormal: ``(…, K)`` abnormal samples in the group, float64.
        normal_above: ``(…, K)`` normal samples in all groups above.
        normal_tied: ``(…, K)`` normal samples in the group.
        normals: ``(…)`` normal samples in all, those below the last group included.
        regions: ``(…, K)`` the abnormal samples' summed region weights, or None where AUPRO is not asked for.
    """

    scores: Tensor
    abnormal: Tensor
    normal_above: Tensor
    normal_tied: Tensor
    normals: Tensor
    regions: Tensor | None = None


class RankFigures(NamedTuple):
    """Figures of one ranking, in [0, 1]; all NaN when there are only normal or only abnormal samples.

    Attributes:
        auroc: Area under the ROC curve; a tie counts half.
        average_precision: Σ (recall step · precision), without interpolation.
        f1_max: Best F1 over all thresholds.
        f1_threshold: The highest threshold that reaches it; a sample is abnormal when score >= threshold.
    """

    auroc: float
    average_precision: float
    f1_max: float
    f1_threshold: float


class BestF1(NamedTuple):
    """Best F1 ``(…)`` and the index ``(…)`` of the group whose score is the threshold, the highest that reaches it."""

    value: Tensor
    group: Tensor


def auroc(scores: Tensor | np.ndarray, labels: Tensor | np.ndarray) -> float:
    """Area under the ROC curve of N scores and their labels (0 or 1); NaN with one class only."""
    return float(auroc_of(group_scores(scores, labels)))


def average_precision(scores: Tensor | np.ndarray, labels: Tensor | np.ndarray) -> float:
    """Average precision of N scores and their labels (0 or 1); NaN with one class only."""
    return float(average_precision_of(group_scores(scores, labels)))


def f1_max(scores: Tensor | np.ndarray, labels: Tensor | np.ndarray) -> float:
    """Best F1 over all thresholds of N scores and their labels (0 or 1); NaN with one class only."""
    return float(f1_max_of(group_scores(scores, labels)).value)


def rank_figures(scores: Tensor | np.ndarray, labels: Tensor | np.ndarray) -> RankFigures:
    """Return all figures of N scores and their labels (0 or 1) from one sort.

    Raises:
        AcdMonaiError: As :func:`~acd_monai.metrics.scores_and_labels.check_scores_and_labels`.
    """
    return rank_figures_of(group_scores(scores, labels))


def group_scores(
    scores: Tensor | np.ndarray, labels: Tensor | np.ndarray, weights: Tensor | None = None
) -> RankedGroups:
    """Group samples by exact score.

    Args:
        scores: N scores.
        labels: N labels, 0 or 1.
        weights: N region weights, of which those of the abnormal samples count.

    Raises:
        AcdMonaiError: As :func:`~acd_monai.metrics.scores_and_labels.check_scores_and_labels`.
    """
    score, label = check_scores_and_labels(scores, labels)
    chosen = None if weights is None else weights.flatten().to(score.device)[label]
    return group_split_scores(score[~label], score[label], chosen)


def group_split_scores(normal: Tensor, abnormal: Tensor, weights: Tensor | None = None) -> RankedGroups:
    """Group scores already parted by label; ``weights`` are those of ``abnormal``."""
    normal = _sorted(normal)
    if weights is None:
        distinct, counts = torch.unique_consecutive(_sorted(abnormal), return_counts=True)
        regions = None
    else:
        ordered, order = torch.sort(abnormal)
        distinct, group, counts = torch.unique_consecutive(ordered, return_inverse=True, return_counts=True)
        regions = weights.new_zeros(distinct.numel()).index_add_(0, group, weights[order]).flip(0).double()
    distinct, counts = distinct.flip(0), counts.flip(0)
    below = torch.searchsorted(normal, distinct)
    above = normal.numel() - torch.searchsorted(normal, distinct, right=True)
    return RankedGroups(
        scores=distinct,
        abnormal=counts.double(),
        normal_above=above.double(),
        normal_tied=(normal.numel() - above - below).double(),
        normals=torch.tensor(float(normal.numel()), dtype=torch.float64, device=normal.device),
        regions=regions,
    )


def group_counts(scores: Tensor, abnormal: Tensor, normal: Tensor, regions: Tensor | None = None) -> RankedGroups:
    """Group samples already counted by score: ``(K,)`` descending scores and ``(…, K)`` float64 counts."""
    passed = normal.cumsum(dim=-1)
    return RankedGroups(scores, abnormal, passed - normal, normal, normal.sum(dim=-1), regions)


def auroc_of(groups: RankedGroups) -> Tensor:
    """AUROC ``(…)``: the part of all pairs in which the abnormal sample has the higher score, a tie being half."""
    abnormals = groups.abnormal.sum(dim=-1)
    lost = (groups.abnormal * (groups.normal_above + groups.normal_tied / 2)).sum(dim=-1)
    return _where_defined(groups, 1 - lost / (abnormals * groups.normals))


def average_precision_of(groups: RankedGroups) -> Tensor:
    """Average precision ``(…)``: each abnormal sample's precision at its own score, averaged."""
    found = groups.abnormal.cumsum(dim=-1)
    # A draw of the bootstrap may leave the first groups empty: 0 of 0 there, times no abnormal sample.
    precision = found / (found + groups.normal_above + groups.normal_tied).clamp(min=1)
    return _where_defined(groups, (groups.abnormal * precision).sum(dim=-1) / groups.abnormal.sum(dim=-1))


def f1_max_of(groups: RankedGroups) -> BestF1:
    """Best F1 over all groups' scores as thresholds."""
    if groups.abnormal.shape[-1] == 0:
        undefined = torch.full_like(groups.normals, float("nan"))
        return BestF1(undefined, torch.zeros_like(undefined, dtype=torch.long))
    found = groups.abnormal.cumsum(dim=-1)
    alarms = found + groups.normal_above + groups.normal_tied
    best = (2 * found / (alarms + groups.abnormal.sum(dim=-1, keepdim=True))).max(dim=-1)
    return BestF1(_where_defined(groups, best.values), best.indices)


def rank_figures_of(groups: RankedGroups) -> RankFigures:
    """Return the figures of a single ranking, ``groups`` of shape ``(K,)``."""
    best = f1_max_of(groups)
    threshold = float("nan") if best.value.isnan() else float(groups.scores[best.group])
    return RankFigures(float(auroc_of(groups)), float(average_precision_of(groups)), float(best.value), threshold)


def _where_defined(groups: RankedGroups, figure: Tensor) -> Tensor:
    defined = (groups.abnormal.sum(dim=-1) > 0) & (groups.normals > 0)
    return torch.where(defined, figure, float("nan"))


def _sorted(values: Tensor) -> Tensor:
    # NumPy's sort of values alone is four times as fast on a CPU as PyTorch's, which carries an index along.
    return torch.from_numpy(np.sort(values.numpy())) if values.device.type == "cpu" else torch.sort(values).values
