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
from acd_monai.metrics.ranking import RankedGroups, rank_figures_of

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

    def figures(self, limit: float = FALSE_POSITIVE_LIMIT) -> PixelFigures:
        """Return the figures of all maps so far."""

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
    precision = _precisions(groups, mixed)
    area = _areas(groups, mixed, limit)
    share = groups.abnormal / groups.abnormal.sum()
    region_share = groups.regions / groups.regions.sum()
    # Each pixel's weight was rounded to the unit, which shifts AUPRO's numerator and denominator by half of it a pixel.
    rounding = float(groups.abnormal.sum() / groups.regions.sum())
    return PixelFigures(
        *ranks._replace(average_precision=float((share * (precision.low + precision.high)).sum()) / 2),
        aupro=float((region_share * (area.low + area.high)).sum()) / (2 * limit),
        error_bound=ErrorBound(
            # A tie is the middle: all pairs within a mixed group may as well be lost as won.
            auroc=float((share * groups.normal_tied / groups.normals)[mixed].sum()) / 2,
            average_precision=float((share * (precision.high - precision.low)).sum()) / 2,
            f1_max=_f1_bound(groups, mixed, ranks.f1_max),
            aupro=float((region_share * (area.high - area.low)).sum()) / (2 * limit) + rounding,
        ),
    )


class _Range(NamedTuple):
    """Of each group, ``(K,)``: what it contributes in the worst and in the best case; equal where it is not mixed."""

    low: Tensor
    high: Tensor


def _precisions(groups: RankedGroups, mixed: Tensor) -> _Range:
    """Bound the mean precision at a group's abnormal samples.

    Best, they all come first and share the precision at the last of them. Worst, they come last and one by one: then
    precision grows from one to the next, ever more slowly, so that its mean is at least that of the first and the last.
    """
    found = groups.abnormal.cumsum(dim=0)
    alarms = groups.normal_above + groups.normal_tied
    last = found / (found + alarms)
    first = 1 - alarms / (found - groups.abnormal + 1 + alarms)
    best = found / (found + groups.normal_above)
    return _Range(torch.where(mixed, (first + last) / 2, last), torch.where(mixed, best, last))


def _f1_bound(groups: RankedGroups, mixed: Tensor, reached: float) -> float:
    """Bound how much higher F1 can be, with a mixed group's abnormal samples in and its normal ones out."""
    found = groups.abnormal.cumsum(dim=0)
    best = (2 * found / (groups.abnormal.sum() + found + groups.normal_above))[mixed]
    return max(0.0, float(best.max()) - reached) if best.numel() else 0.0


def _areas(groups: RankedGroups, mixed: Tensor, limit: float) -> _Range:
    """Bound the area that a group's step contributes: a step at its end, a step at its beginning, or a line between."""
    begin = groups.normal_above / groups.normals
    end = begin + groups.normal_tied / groups.normals
    line = ramp_area(groups, limit)
    return _Range(
        torch.where(mixed, (limit - end).clamp(min=0), line), torch.where(mixed, (limit - begin).clamp(min=0), line)
    )
