"""Thresholds keep what they promise of false positives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics import FalsePositiveCurve
from acd_monai.metrics.score_key import BINS, bin_of_key, bin_score, fine_key


@pytest.fixture(scope="module")
def curve() -> FalsePositiveCurve:
    return FalsePositiveCurve()


def normal_cases(kind: str) -> list[tuple[np.ndarray, float]]:
    """Maps of normal cases of different shapes, and the size of one voxel in each."""
    rng = np.random.default_rng(0)
    shapes = [(40, 50), (31, 7, 12), (80, 80)]
    draw = {
        "wide": lambda shape: rng.beta(1, 6, shape),
        "tiny": lambda shape: 1e-6 * rng.random(shape),
        "high": lambda shape: 1 - 1e-5 * rng.random(shape) - 1e-6,
        "tied": lambda shape: rng.beta(1, 6, shape).round(2) * 0.99,
    }[kind]
    return [(draw(shape).astype(np.float32), size) for shape, size in zip(shapes, (1.0, 0.3, 0.25), strict=True)]


def mean_size_above(cases: list[tuple[np.ndarray, float]], threshold: float) -> float:
    return float(np.mean([size * np.count_nonzero(scores >= np.float32(threshold)) for scores, size in cases]))


def bin_below(threshold: float) -> float:
    return float(bin_score(bin_of_key(fine_key(torch.tensor([threshold]))) - 1))


@pytest.mark.parametrize("kind", ["wide", "tiny", "high", "tied"])
@pytest.mark.parametrize("budget", [0.0, 0.7, 10.0, 400.0])
def test_within_the_budget_and_no_higher_than_needed(curve: FalsePositiveCurve, kind: str, budget: float) -> None:
    curve.reset()
    cases = normal_cases(kind)
    for scores, size in cases:
        curve.update(scores, size)
    threshold = curve.threshold(budget)
    assert 0 <= threshold <= 1 and threshold == np.float32(threshold)
    assert mean_size_above(cases, threshold) <= budget
    assert mean_size_above(cases, bin_below(threshold)) > budget


def test_a_budget_for_everything_gives_zero(curve: FalsePositiveCurve) -> None:
    curve.reset()
    curve.update(np.zeros((4, 5)), 2.0)
    curve.update(np.zeros((2, 5)), 2.0)
    assert curve.threshold(30.0) == 0.0
    assert 0 < curve.threshold(29.9) <= float(bin_score(torch.tensor([1])))


def test_scores_of_one_can_make_it_impossible(curve: FalsePositiveCurve) -> None:
    curve.reset()
    curve.update(np.ones((3, 3)), 1.0)
    assert curve.threshold(9.0) == 0.0
    with pytest.raises(AcdMonaiError, match=r"within 8\.9 a normal case: 9 score 1; raise the budget"):
        curve.threshold(8.9)


def test_what_is_refused(curve: FalsePositiveCurve) -> None:
    curve.reset()
    with pytest.raises(AcdMonaiError, match="no normal case"):
        curve.threshold(1.0)
    with pytest.raises(AcdMonaiError, match=r"empty, of shape \(0, 3\)"):
        curve.update(np.zeros((0, 3)), 1.0)
    with pytest.raises(ConfigError, match=r"size of one pixel is -1\.0"):
        curve.update(np.zeros((2, 3)), -1.0)
    with pytest.raises(AcdMonaiError, match="the first is nan"):
        curve.update(np.full((2, 3), np.nan), 1.0)
    with pytest.raises(AcdMonaiError, match="no normal case"):  # none of those was counted
        curve.threshold(1.0)
    curve.update(np.zeros((2, 3)), 1.0)
    for budget in (-1.0, float("nan")):
        with pytest.raises(ConfigError, match=f"budget is {budget}; expected 0 or more"):
            curve.threshold(budget)


def test_the_highest_bin_is_for_one_alone() -> None:
    assert float(bin_score(torch.tensor([BINS - 1]))) == 1.0
    assert float(bin_score(torch.tensor([BINS - 2]))) == np.nextafter(np.float32(1), np.float32(0))
