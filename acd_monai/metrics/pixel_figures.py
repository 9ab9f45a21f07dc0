"""The figures of pixel scores, and how far off they can be when scores were put into bins.

Within a bin the order of the pixels is lost. What is known is its best case, every abnormal pixel above every normal
one, and its worst case. The figures reported lie midway between the two, and the bound is half the distance.
Bins known to hold one single score are ties like any others, and exact.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, check_limit, ramp_area
from acd_monai.metrics.ranking import RankedGroups, f1_max_of, rank_figures_of

__all__ = ["ErrorBound", "PixelFigures", "PixelScores", "pixel_figures_of"]


class ErrorBound(NamedTuple):
    """How far each figure can be from the exact one, at most; NaN where the figure is undefined."""

    auroc: float
    average_precision: float
    f1_max: float
    aupro: float


class PixelFigures(NamedTuple):
    """Figures over all pixels of all images, in [0, 1]; NaN without a normal or without an abnormal pixel.

    Attributes:
        auroc: Area under the ROC curve.
        average_precision: Σ (recall step · precision).
        f1_max: F1 at ``f1_threshold``, the best of those looked at; the exact best is never lower.
        f1_threshold: A pixel is abnormal when score >= threshold.
        aupro: Area under the per-region overlap curve up to the false-positive limit.
        error_bound: Of each figure.
    """

    auroc: float
    average_precision: float
    f1_max: float
    f1_threshold: float
    aupro: float
    error_bound: ErrorBound


class PixelScores(Protocol):
    """What gathers pixel scores: ``ScoreHistogram`` in constant memory, or ``ExactScores``, which keeps them all."""

    def update(
        self, anomaly_map: Tensor | np.ndarray, mask: Tensor | np.ndarray, weights: Tensor | np.ndarray | None = None
    ) -> None:
        """Add one map, its mask and, where they are at hand, its region weights."""

    def groups(self) -> RankedGroups:
        """Return all scores so far, grouped."""

    def figures(self, limit: float = FALSE_POSITIVE_LIMIT, groups: RankedGroups | None = None) -> PixelFigures:
        """Return the figures of all maps so far; ``groups`` as :meth:`groups` gave them, where they are at hand."""

    def all_reduce(self) -> PixelScores:
        """Return the scores of all processes together; every process must call it."""

    def reset(self) -> None:
        """Forget all maps."""


def pixel_figures_of(
    groups: RankedGroups, mixed: Tensor | None = None, limit: float = FALSE_POSITIVE_LIMIT
) -> PixelFigures:
    """Return figures and their bounds.

    Args:
        groups: ``(K,)``, with region weights in the fixed-point unit.
        mixed: ``(K,)``, True where a group may hold more than one distinct score; None when none does.
        limit: Highest false-positive rate of AUPRO, in (0, 1].

    Raises:
        ConfigError: The limit is out of range.
    """
    check_limit(limit)
    ranks = rank_figures_of(groups)
    if np.isnan(ranks.auroc) or groups.regions is None:
        nan = float("nan")
        return PixelFigures(*ranks, nan, ErrorBound(nan, nan, nan, nan))
    mixed = torch.zeros_like(groups.abnormal, dtype=torch.bool) if mixed is None else mixed
    precision, area = _average_precision(groups, mixed), _aupro(groups, mixed, limit)
    return PixelFigures(
        *ranks._replace(average_precision=precision.value),
        aupro=area.value,
        error_bound=ErrorBound(_auroc_bound(groups, mixed), precision.bound, _f1_bound(groups, mixed), area.bound),
    )


class _Midway(NamedTuple):
    """A figure midway between the worst and the best case, and half the distance of the two."""

    value: float
    bound: float


def _midway(weights: Tensor, exact: Tensor, mixed: Tensor, worst: Tensor, best: Tensor) -> _Midway:
    """Average what groups contribute, ``(K,)`` each, by their weights; ``exact`` is what one that is not mixed does."""
    low, high = (float(weights @ torch.where(mixed, case, exact)) for case in (worst, best))
    return _Midway((low + high) / 2, (high - low) / 2)


def _auroc_bound(groups: RankedGroups, mixed: Tensor) -> float:
    """A tie is the middle: all pairs within a mixed group may as well be lost as won."""
    pairs = (groups.abnormal * groups.normal_tied)[mixed].sum() / (groups.abnormal.sum() * groups.normals)
    return float(pairs) / 2


def _average_precision(groups: RankedGroups, mixed: Tensor) -> _Midway:
    """Bound the mean precision at the abnormal samples.

    Best, those of a group all come first and share the precision at the last of them. Worst, they come last and one
    by one: then precision grows from one to the next, ever more slowly, so that its mean is at least that of the
    first and the last.
    """
    found = groups.abnormal.cumsum(dim=0)
    alarms = groups.normal_above + groups.normal_tied
    last = found / (found + alarms)
    first = 1 - alarms / (found - groups.abnormal + 1 + alarms)
    best = found / (found + groups.normal_above)
    return _midway(groups.abnormal / groups.abnormal.sum(), last, mixed, (first + last) / 2, best)


def _f1_bound(groups: RankedGroups, mixed: Tensor) -> float:
    """Bound how much higher F1 can be, with a mixed group's abnormal samples in and its normal ones out."""
    found, abnormals = groups.abnormal.cumsum(dim=0), groups.abnormal.sum()
    best = (2 * found / (abnormals + found + groups.normal_above))[mixed]
    reached = float(f1_max_of(groups).value)
    return max(0.0, float(best.max()) - reached) if best.numel() else 0.0


def _aupro(groups: RankedGroups, mixed: Tensor, limit: float) -> _Midway:
    """Bound the area: a mixed group lifts the curve at its beginning, at its end, or anyhow between."""
    assert groups.regions is not None
    begin = groups.normal_above / groups.normals
    end = begin + groups.normal_tied / groups.normals
    worst, best = (limit - end).clamp(min=0), (limit - begin).clamp(min=0)
    area = _midway(groups.regions / groups.regions.sum(), ramp_area(groups, limit), mixed, worst, best)
    # Each pixel's weight was rounded to the unit, which shifts the sums above and below the line by half of it a pixel.
    rounding = float(groups.abnormal.sum() / groups.regions.sum())
    return _Midway(area.value / limit, area.bound / limit + rounding)
