"""Colours run over what maps differ by, and the words say so."""

from __future__ import annotations

import numpy as np
import pytest

from acd_monai.reports.map_scale import MapScale, own_scale, robust_scale, scale_of_slices


def noise(low: float, high: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, (100, 100))


def test_one_scale_for_all_maps_without_a_few_odd_pixels() -> None:
    maps = [noise(0.2, 0.3), noise(0.5, 0.6, 1)]
    maps[0][0, :3], maps[1][0, 0] = (0.0, 1.0, np.nan), np.inf
    scale = robust_scale(maps)
    assert (scale.low, scale.high) == pytest.approx((0.2, 0.6), abs=2e-3)
    assert (scale.enlarged, scale.flat) == ("", False)
    assert scale.norm(0.9) == 1 and scale.norm(0.0) == 0
    assert robust_scale([]) == robust_scale([np.full((2, 2), np.nan)]) == MapScale()


def test_how_much_is_enlarged_is_said_with_digits_that_tell_the_ends_apart() -> None:
    scale = robust_scale([noise(0.4993, 0.5007)])
    assert scale.ends == "0.4993 to 0.5007"
    assert scale.enlarged == "×720"
    assert MapScale().ends == "0.00 to 1.00" and MapScale(0.5, 0.525).enlarged == "×40"


def test_a_flat_map_is_called_flat_and_not_enlarged_further() -> None:
    for values in (np.full((5, 5), 0.5), 0.5 + 1e-7 * noise(0, 1)):
        scale = robust_scale([values])
        assert scale.flat and scale.high - scale.low == pytest.approx(1e-4)
        assert scale.enlarged == "×10000, flat"


@pytest.mark.parametrize(
    ("values", "own"),
    [
        (noise(0.0, 0.01), False),  # a normal case: it stays dark
        (noise(0.4, 0.7), False),
        (np.append(noise(0.5, 0.501), 0.9), False),  # a finding
        (np.append(noise(0.5, 0.501), np.nan), True),
        (noise(0.98, 0.99), True),
        (np.empty(0), False),
    ],
)
def test_a_map_by_itself_runs_from_0_to_1_unless_it_is_narrow_and_far_from_0(values: np.ndarray, own: bool) -> None:
    assert (own_scale(values) != MapScale()) == own


def test_slices_that_were_not_scored_do_not_count() -> None:
    values = np.stack([noise(0.5, 0.501), np.zeros((100, 100)), noise(0.5, 0.501, 1)], axis=-1)
    scale = scale_of_slices(values, np.array([0.5, np.nan, 0.5]))
    assert (scale.low, scale.high) == pytest.approx((0.5, 0.501), abs=2e-5)
    assert scale_of_slices(values, np.array([0.5, 0.5, 0.5])) == MapScale()
    assert scale_of_slices(values, np.full(3, np.nan)) == MapScale()
