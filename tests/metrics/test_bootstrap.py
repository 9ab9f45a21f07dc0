"""Intervals against a plain loop that gathers each draw's images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics import bootstrap_overlap, bootstrap_ranking, mean_resamples, overlap_figures, rank_figures
from acd_monai.metrics.bootstrap import draw_cases


class Sample(NamedTuple):
    scores: np.ndarray
    labels: np.ndarray
    cases: list[str]


def clustered(cases: int = 12, images: int = 8, seed: int = 0) -> Sample:
    """Images of a case share most of their score's error, as slices of one patient do."""
    rng = np.random.default_rng(seed)
    case = np.arange(cases).repeat(images)
    labels = (rng.random(cases * images) < 0.4).astype(int)
    scores = labels + 1.2 * rng.normal(size=cases)[case] + 0.2 * rng.normal(size=cases * images)
    return Sample(scores.round(1), labels, [f"case {number:02d}" for number in case])


def images_of(weights: np.ndarray, cases: list[str]) -> np.ndarray:
    """Indices of the images in a draw, each as often as its case was drawn."""
    _, number = np.unique(cases, return_inverse=True)
    return np.arange(len(cases)).repeat(weights[number].astype(int))


def test_ranking_draws_are_those_of_a_loop() -> None:
    sample = clustered()
    found = bootstrap_ranking(*sample, draws=100, seed=7)
    wanted = []
    for weights in draw_cases(12, 100, seed=7).numpy():
        chosen = images_of(weights, sample.cases)
        wanted.append(rank_figures(sample.scores[chosen], sample.labels[chosen])[:3])
    for figure, values in zip(found, np.transpose(wanted), strict=True):
        np.testing.assert_allclose(figure.draws, values, atol=1e-12)
        np.testing.assert_allclose(figure.interval, np.percentile(values, [2.5, 97.5]), atol=1e-12)


def test_overlap_draws_are_those_of_a_loop() -> None:
    counts = np.random.default_rng(0).integers(0, 50, (30, 3))
    cases = [f"{number // 4}" for number in range(30)]
    found = bootstrap_overlap(counts, cases, draws=50, seed=1)
    wanted = [overlap_figures(counts[images_of(w, cases)].sum(axis=0)) for w in draw_cases(8, 50, seed=1).numpy()]
    np.testing.assert_allclose(np.transpose([found.dice.draws, found.iou.draws]), wanted, atol=1e-12)


def test_a_draw_holds_as_many_cases_as_there_are() -> None:
    weights = draw_cases(9, 4000, seed=0).numpy()
    assert (weights.sum(axis=1) == 9).all()
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(weights.var(axis=0), 8 / 9, atol=0.1)


def test_repeatable_in_any_order_of_the_images() -> None:
    sample = clustered()
    order = np.random.default_rng(0).permutation(len(sample.scores))
    shuffled = Sample(sample.scores[order], sample.labels[order], [sample.cases[n] for n in order])
    first, again, other = (
        bootstrap_ranking(*one, seed=seed) for one, seed in ((sample, 3), (shuffled, 3), (sample, 4))
    )
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a.draws, b.draws)
        assert not np.array_equal(a.draws, c.draws)


def test_wider_than_by_image_where_images_of_a_case_are_alike() -> None:
    sample = clustered(cases=40)
    labels = np.arange(40).repeat(8) % 2
    sample = Sample(sample.scores - sample.labels + labels, labels, sample.cases)
    by_case = bootstrap_ranking(*sample).auroc.interval
    by_image = bootstrap_ranking(sample.scores, sample.labels, range(len(sample.scores))).auroc.interval
    assert by_case.high - by_case.low > 1.5 * (by_image.high - by_image.low)


def test_covers_the_truth_about_as_often_as_it_says() -> None:
    """AUROC of unit-variance normals one apart is 0.760; bootstrap intervals of 40 images are a little too narrow."""
    hits = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        labels = np.arange(40) % 2
        low, high = bootstrap_ranking(rng.normal(size=40) + labels, labels, range(40), draws=200).auroc.interval
        hits += low <= 0.7602 <= high
    assert 85 <= hits <= 99


def test_undefined() -> None:
    sample = clustered(cases=2, images=4)
    assert np.isnan(bootstrap_ranking(sample.scores, sample.labels, ["one"] * 8).auroc.interval).all()
    assert np.isnan(bootstrap_ranking(sample.scores, np.zeros(8), sample.cases).auroc.interval).all()
    # One case normal and one abnormal: half of all draws hold only one of them.
    mostly = bootstrap_ranking([0.1, 0.9], [0, 1], ["a", "b"], draws=1001, seed=0).auroc
    assert np.isnan(mostly.interval).all() == (2 * np.isnan(mostly.draws).sum() > 1001)
    assert np.isnan(bootstrap_overlap(np.zeros((3, 3)), ["a", "b", "c"]).dice.interval).all()


def test_the_mean_over_classes_leaves_out_the_undefined() -> None:
    classes = [bootstrap_ranking(*clustered(seed=n), draws=400, seed=(0, n)).auroc for n in range(3)]
    undefined = bootstrap_ranking([0.1, 0.2], [0, 0], ["a", "b"], draws=400).auroc
    mean = mean_resamples([*classes, undefined])
    np.testing.assert_allclose(mean.draws, np.mean([one.draws for one in classes], axis=0))
    widths = [one.interval.high - one.interval.low for one in classes]
    assert mean.interval.high - mean.interval.low < 0.8 * np.mean(widths)
    assert np.isnan(mean_resamples([undefined]).interval).all()


def test_what_is_refused() -> None:
    with pytest.raises(ConfigError, match="0 bootstrap draws"):
        bootstrap_ranking([0.1, 0.2], [0, 1], ["a", "b"], draws=0)
    with pytest.raises(AcdMonaiError, match="1 case names for 2 images"):
        bootstrap_ranking([0.1, 0.2], [0, 1], ["a"])
