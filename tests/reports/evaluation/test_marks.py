from __future__ import annotations

from typing import Any

import pytest

from acd_monai.reports.evaluation.marks import find_marks, marks_in_full, marks_loud
from tests.reports.evaluation.results import MODEL, make_result

UNTRAINED = MODEL["weights"] | {"trained": False}


def test_nothing_to_say() -> None:
    result = make_result()
    assert (find_marks(result), marks_loud(result), marks_in_full(result)) == ((), None, None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"overlap": ["a.png"]}, "EVALUATED ON TRAINING IMAGES: the evaluation was forced on 1 image that is in"),
        ({"training": None}, "TRAINING DATA UNKNOWN: "),
        ({"model": MODEL | {"trained": False, "weights": UNTRAINED}}, "UNTRAINED WEIGHTS: the method had no"),
        ({"model": MODEL | {"trained": False, "backbone_weights": UNTRAINED}}, "UNTRAINED WEIGHTS: the backbone had"),
        ({"model": MODEL | {"trained": False}}, "UNTRAINED WEIGHTS: the model had no"),
        ({"model": {}, "training": None}, "UNTRAINED WEIGHTS: the backbone and the method had no"),
    ],
)
def test_what_must_be_known(changed: dict[str, Any], said: str) -> None:
    assert str(marks_in_full(make_result(**changed))).startswith(said)
    assert len(find_marks(make_result(**changed))) == 1


def test_the_gravest_comes_first() -> None:
    result = make_result(overlap=["a", "b"], training=None, model=MODEL | {"trained": False, "backbone_weights": {}})
    assert marks_loud(result) == "EVALUATED ON TRAINING IMAGES; UNTRAINED WEIGHTS; TRAINING DATA UNKNOWN"


def test_what_training_began_with_may_be_unknown() -> None:
    result = make_result(training={"datasets": [], "complete": False}, model=MODEL)
    assert marks_loud(result) == "TRAINING DATA UNKNOWN"


def test_a_method_without_training_is_not_unknown() -> None:
    assert find_marks(make_result(training={"datasets": []})) == ()
