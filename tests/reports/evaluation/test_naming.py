from __future__ import annotations

import math

import pytest

from acd_monai.reports.evaluation import Figure
from acd_monai.reports.evaluation.naming import interval_text, is_same_method, percent
from tests.reports.evaluation.results import MODEL, make_result


def test_figures() -> None:
    assert [percent(value) for value in (0.0, 1.0, 0.96649, math.nan)] == ["0.0", "100.0", "96.6", "–"]
    assert interval_text(Figure(0.966, 0.951, 0.978)) == "[95.1, 97.8]"
    assert interval_text(Figure(0.966)) == interval_text(Figure(math.nan, 0.1, 0.2)) == ""


@pytest.mark.parametrize(
    ("label", "same"),
    [
        ("ACDCLIP n_groups=4", True),
        ("ACD-CLIP", True),
        ("ACDCLIP n_groups=2", False),
        ("ACDCLIP rank=16", False),
        ("AdaCLIP", False),
    ],
)
def test_which_published_figures_are_of_the_same_method(label: str, same: bool) -> None:
    assert is_same_method(label, make_result()) is same
    assert not is_same_method(label, make_result(model=MODEL | {"method": "WinCLIP"}))
