"""Dice and IoU against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, jaccard_score

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics import count_overlap, overlap_figures


@pytest.mark.parametrize("threshold", [0.0, 0.37, 0.5, 0.99])
def test_agrees_with_scikit_learn(threshold: float) -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((3, 20, 20)).round(2), rng.random((3, 20, 20)) < 0.2
    counts = torch.stack([count_overlap(*image, threshold) for image in zip(scores, labels, strict=True)])
    figures = overlap_figures(counts.sum(dim=0))
    assert figures.dice == pytest.approx(f1_score(labels.ravel(), scores.ravel() >= threshold), abs=1e-12)
    assert figures.iou == pytest.approx(jaccard_score(labels.ravel(), scores.ravel() >= threshold), abs=1e-12)


def test_nothing_predicted_and_nothing_labelled_is_undefined() -> None:
    assert np.isnan(overlap_figures(count_overlap(np.full(4, 0.1), np.zeros(4), 0.5))).all()
    assert overlap_figures(count_overlap(np.full(4, 0.5), np.zeros(4), 0.5)) == (0, 0)


def test_what_is_refused() -> None:
    with pytest.raises(ConfigError, match="threshold is nan"):
        count_overlap(np.ones(1), np.ones(1), float("nan"))
    with pytest.raises(AcdMonaiError, match="3 scores and 4 labels"):
        count_overlap(np.ones(3), np.ones(4), 0.5)
