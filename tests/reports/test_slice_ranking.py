from __future__ import annotations

import numpy as np
import pytest

from acd_monai.reports import choose_spread_slices, find_top_slices

NAN = float("nan")


def test_top_slices_skip_what_was_not_scored_and_know_their_place() -> None:
    affine = np.diag((2.0, 3.0, 4.0, 1.0))
    affine[:3, 3] = (-10.0, 5.0, 0.0)
    top = find_top_slices([0.1, NAN, 0.9, 0.5], 1, (5, 4, 7), affine, count=2)
    assert [(item.index, item.score) for item in top] == [(2, 0.9), (3, 0.5)]
    assert top[0].position_mm == pytest.approx((-10.0 + 2 * 2, 5.0 + 3 * 2, 4.0 * 3))


def test_no_scored_slice_has_no_rank() -> None:
    assert find_top_slices([NAN, NAN], 2, (3, 3, 2), np.eye(4)) == ()
    assert choose_spread_slices([NAN, NAN, NAN], 4) == (1,)


def test_chosen_slices_are_apart_where_possible() -> None:
    scores = np.exp(-(((np.arange(30) - 15) / 6.0) ** 2))
    chosen = choose_spread_slices(scores, 4)
    assert chosen[0] == 15
    assert min(abs(a - b) for n, a in enumerate(chosen) for b in chosen[:n]) >= 3


def test_few_slices_are_filled_up_without_repeats() -> None:
    assert sorted(choose_spread_slices([0.1, 0.2, 0.3, 0.4], 4)) == [0, 1, 2, 3]
    assert sorted(choose_spread_slices([0.1, NAN, 0.3], 4)) == [0, 2]
