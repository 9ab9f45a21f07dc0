"""Ranking figures against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics import auroc, average_precision, f1_max, rank_figures
from acd_monai.metrics.ranking import auroc_of, average_precision_of, f1_max_of, group_counts


def best_f1(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Every distinct score as a threshold, the highest first among equals."""
    return max((f1_score(labels, scores >= threshold), float(threshold)) for threshold in np.unique(scores))


@pytest.mark.parametrize("digits", [8, 2, 1], ids=["distinct", "tied", "heavily tied"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_scikit_learn(digits: int, dtype: type, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.random(400) < 0.2
    scores = (rng.normal(size=400) + labels).round(digits).astype(dtype)

    figures = rank_figures(scores, labels)

    best, threshold = best_f1(scores, labels)
    assert figures.auroc == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    assert figures.average_precision == pytest.approx(average_precision_score(labels, scores), abs=1e-12)
    assert figures.f1_max == pytest.approx(best, abs=1e-12)
    assert figures.f1_threshold == threshold
    single = auroc(scores, labels), average_precision(scores, labels), f1_max(scores, labels)
    assert single == figures[:3]


def test_half_precision_is_read_as_it_is() -> None:
    rng = np.random.default_rng(0)
    labels = torch.from_numpy(rng.integers(0, 2, 300))
    scores = torch.from_numpy(rng.random(300, dtype=np.float32))
    for dtype in (torch.float16, torch.bfloat16):
        assert rank_figures(scores.to(dtype), labels) == rank_figures(scores.to(dtype).double(), labels)


def test_neither_order_nor_a_rising_function_matters() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(300) < 0.3
    scores = (rng.random(300) + 0.3 * labels).round(2)
    order = rng.permutation(300)
    figures = rank_figures(scores, labels)
    assert rank_figures(scores[order], labels[order]) == figures
    assert rank_figures(np.exp(3 * scores), labels)[:3] == figures[:3]


def test_many_rankings_at_once_are_each_as_if_alone() -> None:
    rng = np.random.default_rng(0)
    scores, normal, abnormal = torch.arange(9.0).flip(0), rng.integers(0, 4, (5, 9)), rng.integers(0, 4, (5, 9))
    abnormal[1], normal[2], abnormal[:, :2], normal[:, 0] = 0, 0, 0, 0
    groups = group_counts(scores, torch.from_numpy(abnormal).double(), torch.from_numpy(normal).double())
    got = torch.stack([auroc_of(groups), average_precision_of(groups), f1_max_of(groups).value], dim=1)
    for row in range(5):
        raw = np.repeat(np.tile(scores.numpy(), 2), np.concatenate([normal[row], abnormal[row]]))
        labels = np.repeat([0, 1], [normal[row].sum(), abnormal[row].sum()])
        np.testing.assert_allclose(got[row], rank_figures(raw, labels)[:3], atol=1e-12)
    assert bool(got[1:3].isnan().all())


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], []])
def test_one_class_only_is_undefined(labels: list[int]) -> None:
    assert np.isnan(rank_figures(np.linspace(0, 1, len(labels)), np.array(labels))).all()


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        ([0.1, 0.2], [1], "2 scores and 1 labels"),
        ([0.1, float("nan"), 0.3], [0, 1, 1], "1 of 3 scores are not finite, the first is nan"),
        ([0.1, 0.2], [0, 255], r"a label is 255\.0; expected 0 or 1"),
    ],
)
def test_what_is_refused(scores: list, labels: list, message: str) -> None:
    with pytest.raises(AcdMonaiError, match=message):
        rank_figures(np.array(scores), np.array(labels))
