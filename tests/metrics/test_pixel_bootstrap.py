"""Pixel intervals from sketches against a loop over all pixels."""

from __future__ import annotations

import numpy as np
import pytest

from acd_monai.errors import ConfigError
from acd_monai.metrics import CaseSketches, ExactScores, bootstrap_pixels
from acd_monai.metrics.bootstrap import draw_cases
from acd_monai.metrics.pixel_figures import PixelFigures
from tests.metrics.synthetic_maps import MapAndMask, make_maps

FIGURES = ("auroc", "average_precision", "f1_max", "aupro")
CASES = [f"case {number // 2}" for number in range(16)]


def figures_of(maps: list[MapAndMask]) -> PixelFigures:
    exact = ExactScores()
    for anomaly_map, mask in maps:
        exact.update(anomaly_map, mask)
    return exact.figures()


def sketches_of(maps: list[MapAndMask], cases: list[str]) -> CaseSketches:
    sketches = CaseSketches()
    for case, (anomaly_map, mask) in zip(cases, maps, strict=True):
        sketches.add(case, anomaly_map, mask)
    return sketches


@pytest.mark.parametrize("kind", ["softmax", "concentrated", "rare", "ties"])
def test_draws_are_nearly_those_of_a_loop_over_all_pixels(kind: str) -> None:
    maps = make_maps(kind, count=16, side=80, seed=2)
    found = bootstrap_pixels(sketches_of(maps, CASES), figures_of(maps), draws=20, seed=5)
    wanted = []
    for weights in draw_cases(8, 20, seed=5).numpy().astype(int):
        wanted.append(figures_of([maps[n] for n in np.arange(16).repeat(weights.repeat(2))]))
    for name in FIGURES:
        draws, truth = getattr(found, name).draws, np.array([getattr(figures, name) for figures in wanted])
        np.testing.assert_allclose(draws, truth, atol=0.08 * truth.std() + 1e-6, err_msg=name)
        interval = getattr(found, name).interval
        np.testing.assert_allclose(interval, np.percentile(truth, [2.5, 97.5]), atol=0.08 * truth.std() + 1e-6)


def test_repeatable_in_any_order_of_the_images() -> None:
    maps = make_maps("softmax", count=16, side=48)
    figures, order = figures_of(maps), np.random.default_rng(0).permutation(16)
    first = bootstrap_pixels(sketches_of(maps, CASES), figures, draws=30, seed=1)
    shuffled = sketches_of([maps[n] for n in order], [CASES[n] for n in order])
    for name, again, other in zip(
        FIGURES,
        bootstrap_pixels(shuffled, figures, draws=30, seed=1),
        bootstrap_pixels(shuffled, figures, draws=30, seed=2),
        strict=True,
    ):
        np.testing.assert_array_equal(getattr(first, name).draws, again.draws)
        assert not np.array_equal(again.draws, other.draws)


def test_constant_maps_have_no_spread_in_auroc() -> None:
    maps = make_maps("zeros", count=16, side=32)
    assert bootstrap_pixels(sketches_of(maps, CASES), figures_of(maps), draws=50).auroc.interval == (0.5, 0.5)


@pytest.mark.parametrize("count", [0, 1, 16])
def test_undefined(count: int) -> None:
    """No image, one case, or no abnormal pixel."""
    maps = make_maps("softmax", count=count, side=32)
    if count == 16:
        maps = [MapAndMask(one.anomaly_map, one.mask & False) for one in maps]
    for figure in bootstrap_pixels(sketches_of(maps, CASES[:count]), figures_of(maps), draws=20):
        assert np.isnan(figure.interval).all() and figure.draws.shape == (20,)


def test_what_is_refused() -> None:
    maps = make_maps("softmax", count=2, side=32)
    with pytest.raises(ConfigError, match="limit is 0"):
        bootstrap_pixels(sketches_of(maps, ["a", "b"]), figures_of(maps), limit=0)
