"""95 % intervals of pixel figures by bootstrap over cases, from one sketch an image.

The sketches are put into some four thousand bins shared by all cases; a draw is then a weighted sum of the cases'
counts. What the sketch changes in a figure it changes in every draw alike, so the draws are shifted by the exact
figure minus the sketch's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, aupro_of
from acd_monai.metrics.bootstrap import Resamples, Seed, draw_cases, number_cases, resamples_of
from acd_monai.metrics.case_sketch import CaseSketches, SketchPoints, growing_edges
from acd_monai.metrics.pixel_figures import PixelFigures
from acd_monai.metrics.ranking import auroc_of, average_precision_of, f1_max_of, group_counts

__all__ = ["PixelResamples", "bootstrap_pixels"]

_EDGES = 2048  # for normal and for abnormal pixels each
_BINS_AT_ONCE = 256
_DRAWS_AT_ONCE = 64


class PixelResamples(NamedTuple):
    """Of the pixel figures."""

    auroc: Resamples
    average_precision: Resamples
    f1_max: Resamples
    aupro: Resamples


def bootstrap_pixels(
    sketches: CaseSketches,
    figures: PixelFigures,
    draws: int = 1000,
    seed: Seed = 0,
    limit: float = FALSE_POSITIVE_LIMIT,
) -> PixelResamples:
    """Resample the pixel figures.

    Args:
        sketches: of the images that the figures are of.
        figures: on which the draws are centred.
        draws: resamplings.
        seed: equal seeds give equal draws, in whatever order the images come.
        limit: that of the AUPRO given, in (0, 1].

    Raises:
        ConfigError: The number of draws is below 1, or the limit is out of range.
    """
    number, total = number_cases(sketches.cases, len(sketches))
    weights = torch.cat([torch.ones(1, total, dtype=torch.float64), draw_cases(total, draws, seed)])
    exact = (figures.auroc, figures.average_precision, figures.f1_max, figures.aupro)
    if total == 0:
        return PixelResamples(*(resamples_of(np.full(draws, np.nan), total) for _ in exact))
    normal, abnormal = sketches.normal_points(), sketches.abnormal_points()
    edges = _shared_edges(normal, abnormal)
    normals = _draw_counts(weights, number, normal, normal.pixels, edges)
    abnormals = _draw_counts(weights, number, abnormal, abnormal.pixels, edges)
    assert abnormal.regions is not None
    regions = _draw_counts(weights, number, abnormal, abnormal.regions, edges)
    parts = []
    for part in torch.arange(len(weights)).split(_DRAWS_AT_ONCE):
        groups = group_counts(edges, abnormals[part], normals[part], regions[part])
        best = f1_max_of(groups).value
        parts.append(torch.stack([auroc_of(groups), average_precision_of(groups), best, aupro_of(groups, limit)]))
    sketched = torch.cat(parts, dim=1).numpy()
    shifted = np.clip(sketched[:, 1:] + (np.array(exact) - sketched[:, 0])[:, None], 0, 1)
    return PixelResamples(*(resamples_of(values, total) for values in shifted))


def _shared_edges(normal: SketchPoints, abnormal: SketchPoints) -> Tensor:
    """Descending lower edges of the bins: fine among abnormal scores, and at the normal scores' upper end."""
    cuts = [torch.zeros(1)]
    for points, growing in ((normal, True), (abnormal, False)):
        if len(points.scores):
            ordered, order = torch.sort(points.scores, descending=True)
            passed = points.pixels[order].cumsum(dim=0).numpy()
            last = int(passed[-1])
            ranks = growing_edges(last, _EDGES)[1:] if growing else np.linspace(0, last, _EDGES + 1)[1:]
            cuts.append(ordered[torch.from_numpy(np.searchsorted(passed, ranks)).clamp(max=len(ordered) - 1)])
    return torch.unique(torch.cat(cuts)).flip(0)


def _draw_counts(weights: Tensor, number: Tensor, points: SketchPoints, amounts: Tensor, edges: Tensor) -> Tensor:
    """Sum amounts a draw and a bin, ``(draws, bins)``, for cases drawn as often as ``weights (draws, cases)`` says."""
    cases, bins = weights.shape[1], len(edges)
    # Descending edges: a score belongs to the first that it reaches.
    reached = torch.searchsorted(edges.flip(0), points.scores, right=True, out_int32=True)
    bin_of_point, order = torch.sort(bins - reached)
    counts = torch.empty(len(weights), bins, dtype=torch.float64)
    for first in range(0, bins, _BINS_AT_ONCE):
        # All cases' counts on a few bins at a time: on all of them they would be larger than the sketches.
        width = min(_BINS_AT_ONCE, bins - first)
        begin, end = torch.searchsorted(bin_of_point, torch.tensor([first, first + width])).tolist()
        chosen = order[begin:end]
        cell = number[points.image[chosen]] * width + bin_of_point[begin:end] - first
        table = torch.zeros(cases * width, dtype=torch.float64).index_add_(0, cell, amounts[chosen].double())
        counts[:, first : first + width] = weights @ table.view(cases, width)
    return counts
