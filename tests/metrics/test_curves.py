"""Curves against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from acd_monai.metrics import auroc, group_scores, pr_points, roc_points


def sample(size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.random(size) < 0.3
    return (rng.normal(size=size) + labels).round(2), labels


def test_corners_lie_on_scikit_learns_curves() -> None:
    scores, labels = sample(300)
    roc, pr = roc_points(group_scores(scores, labels)), pr_points(group_scores(scores, labels))
    rate, found, _ = roc_curve(labels, scores, drop_intermediate=False)
    np.testing.assert_allclose(np.interp(rate[1:-1] + found[1:-1], roc.x + roc.y, roc.y), found[1:-1], atol=1e-12)
    precision, recall, _ = precision_recall_curve(labels, scores)
    wanted = set(zip(recall.round(9), precision.round(9), strict=True))
    assert set(zip(pr.x.round(9), pr.y.round(9), strict=True)) <= wanted
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1], pr.x[0], pr.y[0], pr.x[-1]) == (0, 0, 1, 1, 0, 1, 1)


def test_thinned_but_still_the_curve() -> None:
    scores, labels = np.random.default_rng(0).random(50_000), np.random.default_rng(1).random(50_000) < 0.3
    scores = scores + 0.3 * labels
    roc, pr = roc_points(group_scores(scores, labels), count=200), pr_points(group_scores(scores, labels), count=200)
    assert 150 < len(roc.x) <= 200 and 150 < len(pr.x) <= 200
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(auroc(scores, labels), abs=1e-3)
    assert (roc.x[-1], roc.y[-1], pr.x[0], pr.x[-1]) == (1, 1, 0, 1)


@pytest.mark.parametrize("label", [0, 1])
def test_no_points_where_there_is_no_curve(label: int) -> None:
    groups = group_scores(np.random.default_rng(0).random(9), np.full(9, label))
    assert len(roc_points(groups).x) == len(pr_points(groups).x) == 0
