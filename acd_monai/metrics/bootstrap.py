"""95 % intervals by bootstrap over cases: slices of one patient are drawn together, for they are not independent."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics.overlap import overlap_of
from acd_monai.metrics.ranking import auroc_of, average_precision_of, f1_max_of, group_counts
from acd_monai.metrics.scores_and_labels import check_scores_and_labels

__all__ = [
    "Interval",
    "OverlapResamples",
    "RankResamples",
    "Resamples",
    "Seed",
    "bootstrap_overlap",
    "bootstrap_ranking",
    "draw_cases",
    "mean_resamples",
    "number_cases",
    "resamples_of",
]

Seed = int | Sequence[int]
"""A seed for NumPy; for several classes of one run ``(seed, class number)``, lest they share their draws."""

_DRAWS_AT_ONCE = 64


class Interval(NamedTuple):
    """The 2.5th and the 97.5th percentile; NaN when undefined."""

    low: float
    high: float


class Resamples(NamedTuple):
    """A figure's interval, and its value in every draw ``(draws,)``, NaN where a draw leaves it undefined."""

    interval: Interval
    draws: np.ndarray


class RankResamples(NamedTuple):
    """Of the figures of a ranking."""

    auroc: Resamples
    average_precision: Resamples
    f1_max: Resamples


class OverlapResamples(NamedTuple):
    """Of Dice and IoU."""

    dice: Resamples
    iou: Resamples


def bootstrap_ranking(
    scores: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    cases: Sequence[Hashable],
    draws: int = 1000,
    seed: Seed = 0,
) -> RankResamples:
    """Resample the image figures.

    Args:
        scores: N scores, one an image.
        labels: N labels, 0 or 1.
        cases: which case each image belongs to.
        draws: resamplings.
        seed: equal seeds give equal draws, in whatever order the images come.

    Raises:
        AcdMonaiError: The numbers of scores, labels and cases differ, a score is not finite, or a label is wrong.
        ConfigError: The number of draws is below 1.
    """
    score, label = check_scores_and_labels(scores, labels)
    number, total = number_cases(cases, len(score))
    distinct, group = torch.unique(-score.cpu(), return_inverse=True)
    label = label.cpu().double()
    figures = []
    for weights in draw_cases(total, draws, seed).split(_DRAWS_AT_ONCE):
        image_weight = weights[:, number]
        empty = torch.zeros(len(weights), len(distinct), dtype=torch.float64)
        abnormal = empty.index_add(1, group, image_weight * label)
        normal = empty.index_add(1, group, image_weight * (1 - label))
        groups = group_counts(-distinct, abnormal, normal)
        figures.append(torch.stack([auroc_of(groups), average_precision_of(groups), f1_max_of(groups).value]))
    return RankResamples(*(resamples_of(values, total) for values in torch.cat(figures, dim=1).numpy()))


def bootstrap_overlap(
    counts: Tensor | np.ndarray, cases: Sequence[Hashable], draws: int = 1000, seed: Seed = 0
) -> OverlapResamples:
    """Resample Dice and IoU.

    Args:
        counts: ``(N, 3)`` of :func:`~acd_monai.metrics.count_overlap`, one row an image.
        cases: which case each image belongs to.
        draws: resamplings.
        seed: as for :func:`bootstrap_ranking`.

    Raises:
        AcdMonaiError: The numbers of rows and cases differ.
        ConfigError: The number of draws is below 1.
    """
    counts = torch.as_tensor(counts).cpu().double()
    number, total = number_cases(cases, len(counts))
    per_case = torch.zeros(total, 3, dtype=torch.float64).index_add_(0, number, counts)
    figures = overlap_of(draw_cases(total, draws, seed) @ per_case)
    return OverlapResamples(*(resamples_of(values.numpy(), total) for values in figures))


def mean_resamples(classes: Sequence[Resamples]) -> Resamples:
    """Resamples of the mean over classes, each resampled with a seed of its own; undefined classes are left out."""
    defined = [one for one in classes if not np.isnan(one.interval.low)]
    if not defined:
        nothing = np.full_like(classes[0].draws, np.nan) if classes else np.empty(0)
        return Resamples(Interval(np.nan, np.nan), nothing)
    return resamples_of(np.mean([one.draws for one in defined], axis=0), cases=2)


def draw_cases(cases: int, draws: int, seed: Seed) -> Tensor:
    """How often each draw holds each case, ``(draws, cases)`` float64.

    Raises:
        ConfigError: The number of draws is below 1.
    """
    if draws < 1:
        raise ConfigError(f"{draws} bootstrap draws; expected 1 or more, usually 1000.")
    if cases == 0:
        return torch.zeros(draws, 0, dtype=torch.float64)
    generator = np.random.default_rng(seed)
    return torch.from_numpy(generator.multinomial(cases, np.full(cases, 1 / cases), size=draws).astype(np.float64))


def number_cases(cases: Sequence[Hashable], images: int) -> tuple[Tensor, int]:
    """Number the cases by their sorted names: each image's number ``(N,)``, and how many cases there are.

    Raises:
        AcdMonaiError: There is not one case an image.
    """
    if len(cases) != images:
        raise AcdMonaiError(f"{len(cases)} case names for {images} images; expected one each.")
    names, number = np.unique(np.asarray([str(case) for case in cases], dtype=str), return_inverse=True)
    return torch.from_numpy(number.astype(np.int64)), len(names)


def resamples_of(draws: np.ndarray, cases: int) -> Resamples:
    """Take the percentiles of the draws; NaN with fewer than two cases, or when more than half are undefined."""
    defined = draws[~np.isnan(draws)]
    if cases < 2 or 2 * len(defined) < len(draws):
        return Resamples(Interval(np.nan, np.nan), draws)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Resamples(Interval(float(low), float(high)), draws)
