"""Streaming figures against exact ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics import ExactScores, ScoreHistogram, count_overlap, group_scores, overlap_figures, region_weights
from tests.metrics.synthetic_maps import make_maps

FIGURES = ("auroc", "average_precision", "f1_max", "aupro")


@pytest.fixture(scope="module")
def histogram() -> ScoreHistogram:
    """One for all tests of this file: half a gigabyte is not made anew each time."""
    return ScoreHistogram()


@pytest.mark.parametrize("kind", ["softmax", "concentrated", "rare", "ties", "zeros"])
def test_close_to_exact_and_within_the_stated_bound(histogram: ScoreHistogram, kind: str) -> None:
    histogram.reset()
    exact = ExactScores()
    for anomaly_map, mask in make_maps(kind):
        histogram.update(anomaly_map, mask)
        exact.update(anomaly_map, mask)
    streamed, wanted = histogram.figures(), exact.figures()
    for name in FIGURES:
        error, bound = abs(getattr(streamed, name) - getattr(wanted, name)), getattr(streamed.error_bound, name)
        assert error <= bound + 1e-12, name
        assert bound <= 1e-4, name
    counts = torch.stack([count_overlap(*one, streamed.f1_threshold) for one in make_maps(kind)]).sum(dim=0)
    assert overlap_figures(counts).dice == pytest.approx(streamed.f1_max, abs=1e-12)
    if kind in ("ties", "zeros"):
        assert streamed[:3] == pytest.approx(wanted[:3], abs=1e-12)


@pytest.mark.parametrize(
    ("scale", "offset", "least_bound"),
    [(1e-5, 0.0, 1e-9), (1e-5, 0.3, 1e-3), (1e-6, 0.7, 1e-2), (1e-12, 0.0, 0.1)],
    ids=["linear bins", "40 bins", "4 bins", "one bin"],
)
def test_the_bound_holds_where_scores_crowd(
    histogram: ScoreHistogram, scale: float, offset: float, least_bound: float
) -> None:
    histogram.reset()
    exact = ExactScores()
    for anomaly_map, mask in make_maps("softmax", count=3, side=48):
        crowded = offset + anomaly_map.astype(np.float64) * scale
        histogram.update(crowded, mask)
        exact.update(crowded.astype(np.float32), mask)
    streamed, wanted = histogram.figures(), exact.figures()
    for name in FIGURES:
        error, bound = abs(getattr(streamed, name) - getattr(wanted, name)), getattr(streamed.error_bound, name)
        assert error <= bound + 1e-12, name
    assert streamed.error_bound.auroc > least_bound


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_exact(histogram: ScoreHistogram, dtype: torch.dtype) -> None:
    histogram.reset()
    exact = ExactScores()
    for anomaly_map, mask in make_maps("softmax", count=3, side=48):
        half = torch.from_numpy(anomaly_map).to(dtype)
        histogram.update(half, mask)
        exact.update(half.float(), mask)
    assert histogram.figures()[:3] == pytest.approx(exact.figures()[:3], abs=1e-12)
    assert max(histogram.figures().error_bound) < 1e-9


def test_order_and_parts_do_not_matter(histogram: ScoreHistogram) -> None:
    maps = make_maps("softmax", count=4, side=48)
    histogram.reset()
    for anomaly_map, mask in maps:
        histogram.update(anomaly_map, mask)
    wanted = histogram.figures()
    histogram.reset()
    other = ScoreHistogram()
    for into, (anomaly_map, mask) in zip([other, histogram, other, histogram], maps[::-1], strict=True):
        into.update(torch.from_numpy(anomaly_map)[None], mask[None], region_weights(mask))
    histogram.merge(other)
    assert histogram.figures() == wanted


def test_groups_draw_the_same_curve(histogram: ScoreHistogram) -> None:
    anomaly_map, mask = make_maps("ties", count=1)[0]
    histogram.reset()
    histogram.update(anomaly_map, mask)
    got, wanted = histogram.groups(), group_scores(anomaly_map, mask)
    for name in ("abnormal", "normal_above", "normal_tied", "normals"):
        np.testing.assert_array_equal(getattr(got, name), getattr(wanted, name))
    assert bool((got.scores <= wanted.scores).all())


def test_a_bad_map_adds_nothing(histogram: ScoreHistogram) -> None:
    histogram.reset()
    good = np.full((4, 4), 0.5, dtype=np.float32)
    for bad, mask, message in (
        (np.where(np.eye(4), 1.25, good), good > 1, r"outside \[0, 1\], the first is 1\.25"),
        (np.where(np.eye(4), np.nan, good), good > 1, "not finite, the first is nan"),
        (good, np.full((4, 4), 2), r"a label is 2\.0"),
        (good, np.zeros((4, 5)), "16 scores and 20 labels"),
    ):
        with pytest.raises(AcdMonaiError, match=message):
            histogram.update(bad, mask)
    assert histogram.groups().normals == 0
