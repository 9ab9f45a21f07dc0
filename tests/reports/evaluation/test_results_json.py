from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acd_monai.errors import InputError
from acd_monai.reports.evaluation import EvaluationResult, read_evaluation
from acd_monai.reports.evaluation.results_json import write_results_json
from tests.reports.evaluation.results import make_class, make_result


def same(one: Any, other: Any) -> bool:
    """Compare dataclasses with arrays and NaN."""
    np.testing.assert_equal(plain(one), plain(other))
    return True


def plain(value: Any) -> Any:
    if isinstance(value, EvaluationResult):
        return {**vars(value), "classes": [plain(vars(item)) for item in value.classes]}
    if "curves" in value:
        return {**value, "curves": {name: np.round(curve, 6) for name, curve in value["curves"].items()}}
    return value


@pytest.mark.parametrize("classes", [0, 1, 3])
def test_round_trip(tmp_path: Path, classes: int) -> None:
    result = make_result(classes, overlap=["a\udce9.png"], training=None)
    write_results_json(result, tmp_path / "results.json")
    for path in (tmp_path, tmp_path / "results.json"):
        assert same(read_evaluation(path), replace(result, examples=[]))


def test_undefined_is_null(tmp_path: Path) -> None:
    write_results_json(make_result(), tmp_path / "results.json")
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert content["format"] == 1 and content["notice"] and content["versions"]["python"]
    assert content["mean"]["pixel_ap"] == {"value": None, "low": None, "high": None, "error_bound": 0.0}
    assert content["classes"][0]["scores"][-1]["score"] is None
    assert "examples" not in content
    assert math.isnan(read_evaluation(tmp_path).mean["pixel_ap"].value)


def test_a_class_of_normal_images_alone_has_no_curves(tmp_path: Path) -> None:
    write_results_json(make_result([make_class("good", abnormal=0)]), tmp_path / "r.json")
    assert read_evaluation(tmp_path / "r.json").classes[0].curves == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "format None; wanted 1"),
        ('{"format": 2}', "format 2; wanted 1"),
        ('{"format": 1}', "not a whole results.json"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "results.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_evaluation(tmp_path)


@pytest.mark.parametrize(("key", "value"), [("mean", []), ("classes", [{}]), ("model", {"weights": 3}), ("overlap", 1)])
def test_a_damaged_part(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "results.json"
    write_results_json(make_result(), path)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {key: value}), encoding="utf-8")
    with pytest.raises(InputError, match="not a whole results.json"):
        read_evaluation(path)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no results\.json at .*; pass the output folder"):
        read_evaluation(tmp_path)
