"""Sketches keep totals exactly and ranks closely."""

from __future__ import annotations

import numpy as np
import pytest

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics import CaseSketches, region_weights
from acd_monai.metrics.aupro import FIXED_POINT_ONE
from acd_monai.metrics.case_sketch import growing_edges
from tests.metrics.synthetic_maps import make_maps


@pytest.mark.parametrize("count", [0, 1, 300, 2048, 2049, 57_600, 524_288, 10**9])
def test_blocks_grow_in_proportion_to_the_rank(count: int) -> None:
    edges = growing_edges(count, 2048)
    assert edges[0] == 0 and edges[-1] == count and len(edges) <= 2049
    size = np.diff(edges)
    assert (size > 0).all()
    if count < 10**6:
        assert (size <= 1 + 0.0051 * edges[:-1]).all()


def test_totals_are_kept_and_ranks_nearly() -> None:
    anomaly_map, mask = make_maps("softmax", count=1, side=240)[0]
    sketches = CaseSketches()
    sketches.add("a", anomaly_map, mask)
    normal, abnormal = sketches.normal_points(), sketches.abnormal_points()
    assert (int(normal.pixels.sum()), int(abnormal.pixels.sum())) == (int((~mask).sum()), int(mask.sum()))
    assert int(abnormal.regions.sum()) / FIXED_POINT_ONE == pytest.approx(region_weights(mask).sum(), abs=1e-6)
    assert len(normal.scores) <= 2048 and len(abnormal.scores) <= 512
    for threshold in np.quantile(anomaly_map[~mask], [0.1, 0.5, 0.9, 0.99, 0.999]):
        kept = float(normal.pixels[normal.scores >= threshold].sum())
        assert kept == pytest.approx(np.count_nonzero(anomaly_map[~mask] >= threshold), rel=0.006, abs=1)


def test_small_images_are_kept_whole() -> None:
    rng = np.random.default_rng(0)
    scores, mask = rng.random((20, 20)).astype(np.float32), rng.random((20, 20)) < 0.2
    sketches = CaseSketches()
    sketches.add("a", scores, mask)
    np.testing.assert_array_equal(sketches.normal_points().scores, np.sort(scores[~mask])[::-1])
    np.testing.assert_array_equal(sketches.abnormal_points().scores, np.sort(scores[mask])[::-1])
    weight = sketches.abnormal_points().regions.double() / FIXED_POINT_ONE
    np.testing.assert_allclose(weight, region_weights(mask)[mask][np.argsort(-scores[mask])], atol=1e-9)


def test_a_bad_map_adds_nothing() -> None:
    sketches = CaseSketches()
    with pytest.raises(AcdMonaiError, match=r"outside \[0, 1\], the first is 2\.0"):
        sketches.add("a", np.full((2, 2), 2.0), np.eye(2))
    with pytest.raises(AcdMonaiError, match="name is ''; expected a text"):
        sketches.add("", np.full((2, 2), 0.5), np.eye(2))
    assert len(sketches) == len(sketches.normal_points().scores) == 0
