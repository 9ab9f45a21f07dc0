"""Bins keep the order of scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, strategies

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics.score_key import (
    BINS,
    FINE_KEYS,
    bin_of_key,
    bin_score,
    check_unit_range,
    fine_key,
    may_hold_several,
)

unit = strategies.floats(0, 1, width=32)


@given(unit, unit)
def test_a_higher_score_never_has_a_lower_bin(first: float, second: float) -> None:
    low, high = fine_key(torch.tensor(sorted([first, second]))).tolist()
    assert 0 <= low <= high < FINE_KEYS
    low, high = bin_of_key(torch.tensor([low, high])).tolist()
    assert 0 <= low <= high < BINS


@given(unit)
def test_a_bin_begins_at_its_score(score: float) -> None:
    number = bin_of_key(fine_key(torch.tensor([score])))
    begin, end = bin_score(number), bin_score(number + 1)
    assert float(begin) <= score
    assert number == BINS - 1 or score < float(end)
    assert bin_of_key(fine_key(begin)) == number


@pytest.mark.parametrize(
    ("start", "values_a_bin"), [(2.0**-16, 8), (0.3, 8), (0.5, 4), (0.75, 2), (0.875, 1), (0.99999, 1)]
)
def test_keys_are_single_values_and_bins_a_few(start: float, values_a_bin: int) -> None:
    values = np.float32(start) + np.arange(800, dtype=np.float32) * np.spacing(np.float32(start))
    values = values[values < 1]
    keys = fine_key(torch.from_numpy(values))
    assert (keys.diff() == 1).all()
    assert abs(len(torch.unique(bin_of_key(keys))) - len(values) / values_a_bin) <= 1


@pytest.mark.parametrize(
    ("scores", "several"),
    [
        ([0.25, 0.25], False),
        ([0.25, float(np.nextafter(np.float32(0.25), np.float32(1)))], True),
        ([0.9, float(np.nextafter(np.float32(0.9), np.float32(1)))], False),
        ([0.0, 0.0], False),
        ([0.0, 1e-30], True),
        ([1e-30, 1e-30], True),  # cautious: down there it cannot be told
        ([1e-6, 1e-6], True),
        ([1.0, 1.0], False),
    ],
)
def test_which_bins_may_hold_several_scores(scores: list[float], several: bool) -> None:
    keys = fine_key(torch.tensor(scores))
    seen = torch.zeros(FINE_KEYS, dtype=torch.uint8)
    seen[keys] = 1
    assert may_hold_several(bin_of_key(keys).unique().long(), seen).tolist().count(True) == several


def test_ends_of_the_scale() -> None:
    smallest = float(np.nextafter(np.float32(0), np.float32(1)))
    below = float(np.nextafter(np.float32(2**-16), np.float32(0)))
    keys = fine_key(torch.tensor([0.0, -0.0, smallest, below, 2.0**-16, 1.0]))
    assert bin_of_key(keys).tolist() == [0, 0, 0, 2**20 - 1, 2**20, BINS - 1]
    assert keys[0] == keys[1] == 0 != keys[2]


@pytest.mark.parametrize(("bad", "shown"), [(float("nan"), "nan"), (1.5, r"1\.5"), (-0.25, r"-0\.25")])
def test_what_is_no_score(bad: float, shown: str) -> None:
    with pytest.raises(AcdMonaiError, match=f"1 of 3 scores are NaN or outside .0, 1., the first is {shown}"):
        check_unit_range(torch.tensor([0.5, bad, 0.5]))
