"""Error bounds hold for every order inside the bins, and no wider than that."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from acd_monai.errors import ConfigError
from acd_monai.metrics.pixel_figures import PixelFigures, pixel_figures_of
from acd_monai.metrics.ranking import RankedGroups, group_scores

FIGURES = ("auroc", "average_precision", "f1_max", "aupro")


def binned(
    scores: np.ndarray, labels: np.ndarray, weights: torch.Tensor, bins: int
) -> tuple[RankedGroups, torch.Tensor]:
    coarse = np.floor(scores * bins)
    groups = group_scores(coarse, labels, weights)
    several = [len(np.unique(scores[coarse == score])) > 1 for score in groups.scores.numpy()]
    return groups, torch.tensor(several)


def deviation(binned_figures: PixelFigures, exact: PixelFigures) -> dict[str, tuple[float, float]]:
    return {
        name: (abs(getattr(binned_figures, name) - getattr(exact, name)), getattr(binned_figures.error_bound, name))
        for name in FIGURES
    }


@pytest.mark.parametrize("bins", [1, 3, 10, 40])
@pytest.mark.parametrize("seed", range(8))
def test_exact_figures_are_within_the_bounds(bins: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.random(200) < rng.choice([0.03, 0.3, 0.8])
    labels[:2] = [False, True]
    scores = ((rng.random(200) + 0.5 * labels) / 1.5001).round(rng.integers(1, 6))
    weights = torch.from_numpy(rng.integers(2**38, 2**40, 200))
    exact = pixel_figures_of(group_scores(scores, labels, weights), limit=0.3)
    for name, (error, bound) in deviation(
        pixel_figures_of(*binned(scores, labels, weights, bins), limit=0.3), exact
    ).items():
        assert error <= bound + 1e-12, name
    assert max(exact.error_bound) < 1e-9


@pytest.mark.parametrize("abnormal_first", [True, False])
def test_the_worst_and_the_best_order_reach_the_bounds(abnormal_first: bool) -> None:
    """One bin that holds all: F1 and average precision of the worst order are bounded a little wider."""
    labels = np.repeat([True, False] if abnormal_first else [False, True], [1, 50] if abnormal_first else [50, 1])
    scores = np.linspace(0.9, 0.1, 51)
    weights = torch.full((51,), 2**40)
    exact = pixel_figures_of(group_scores(scores, labels, weights), limit=0.3)
    found = deviation(pixel_figures_of(*binned(scores, labels, weights, 1), limit=0.3), exact)
    for name in ("auroc", "average_precision", "aupro"):
        assert found[name][0] == pytest.approx(found[name][1], abs=1e-9), name


def test_ties_are_no_error() -> None:
    scores, labels = np.array([0.1, 0.1, 0.1, 0.1]), np.array([0, 1, 0, 1])
    weights = torch.full((4,), 2**39)
    figures = pixel_figures_of(*binned(scores, labels, weights, 1))
    assert figures.auroc == 0.5
    assert max(figures.error_bound) < 1e-9


def test_undefined_and_out_of_range() -> None:
    groups = group_scores(np.array([0.1, 0.2]), np.array([0, 0]), torch.zeros(2, dtype=torch.int64))
    figures = pixel_figures_of(groups)
    assert np.isnan(figures[:5]).all() and np.isnan(figures.error_bound).all()
    with pytest.raises(ConfigError, match="limit is 0; expected"):
        pixel_figures_of(groups, limit=0)
