from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from acd_monai.reports.evaluation import EvaluationResult
from acd_monai.reports.evaluation.curves_plot import write_curves
from acd_monai.reports.evaluation.histograms_plot import write_histograms
from acd_monai.reports.evaluation.montage import write_montage
from acd_monai.reports.evaluation.plot_style import shorten
from tests.reports.evaluation.results import PROTOCOL, make_class, make_example, make_result

CYAN, AMBER = (53, 224, 255), (255, 176, 0)


def draw(write: Callable[[EvaluationResult, Path], None], result: EvaluationResult, folder: Path) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write(result, folder / "p.png")
    with Image.open(folder / "p.png") as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"), dtype=np.int16)


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int(where(picture, colour).sum())


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (np.abs(picture - np.asarray(colour, dtype=np.int16)) < 12).all(axis=-1)


@pytest.mark.parametrize("write", [write_curves, write_histograms, write_montage])
@pytest.mark.parametrize("classes", [0, 1, 15])
def test_sizes(tmp_path: Path, write: Any, classes: int) -> None:
    picture = draw(write, make_result(classes), tmp_path)
    assert 200 < picture.shape[0] < 2500 and 700 < picture.shape[1] < 2000
    assert picture[:5, :5].max() < 40


@pytest.mark.parametrize("write", [write_curves, write_histograms, write_montage])
def test_every_picture_is_marked(tmp_path: Path, write: Any) -> None:
    picture, marked = (draw(write, make_result(overlap=overlap), tmp_path) for overlap in ([], ["a.png"]))
    assert count(marked, AMBER) > count(picture, AMBER) + 5000


def test_more_classes_than_a_column_of_the_legend_holds(tmp_path: Path) -> None:
    result = make_result([make_class(f"class {number}", number, images=6, abnormal=3) for number in range(40)])
    assert max(draw(write_curves, result, tmp_path).shape) < 2500


def test_a_curve_is_drawn_where_it_is(tmp_path: Path) -> None:
    def lines(result: EvaluationResult) -> np.ndarray:
        return where(draw(write_curves, result, tmp_path), AMBER)

    drawn = lines(make_result([make_class("a")]))
    empty = lines(make_result([make_class("a", abnormal=0)]))
    assert drawn.shape == empty.shape
    height, width = (drawn & ~empty).shape
    quarters = [(drawn & ~empty)[r : r + height // 2, c : c + width * 2 // 5].sum()
                for r in (0, height // 2) for c in (0, width * 2 // 5)]  # fmt: skip
    assert [quarter > 200 for quarter in quarters] == [True, True, True, False]  # no pixel precision–recall curve


@pytest.mark.parametrize("value", [math.nan, 0.5])
def test_scores_that_are_all_alike(tmp_path: Path, value: float) -> None:
    item = make_class("a")
    item.scores[:] = [score._replace(score=value) for score in item.scores]
    draw(write_histograms, make_result([item]), tmp_path)


def test_the_threshold_is_a_line(tmp_path: Path) -> None:
    with_line = draw(write_histograms, make_result(), tmp_path)
    outside = draw(write_histograms, make_result(protocol=PROTOCOL | {"threshold": 0.99}), tmp_path)
    without = draw(write_histograms, make_result(protocol={}), tmp_path)
    assert count(with_line, CYAN) > 50 and count(outside, CYAN) == count(without, CYAN) == 0


def test_the_outline_is_the_mask(tmp_path: Path) -> None:
    with_mask = draw(write_montage, make_result(examples=[make_example()]), tmp_path)
    without = draw(write_montage, make_result(examples=[make_example(mask=False)]), tmp_path)
    empty = make_example()._replace(mask=np.zeros((40, 60), dtype=bool))
    nothing = draw(write_montage, make_result(examples=[empty]), tmp_path)
    assert count(with_mask, CYAN) > 100 and count(without, CYAN) == count(nothing, CYAN) == 0
    full = make_example()._replace(mask=np.ones((40, 60), dtype=bool))
    assert count(draw(write_montage, make_result(examples=[full]), tmp_path), CYAN) > 300  # closed at the edges


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (1200, 300)])
def test_examples_of_any_shape(tmp_path: Path, shape: tuple[int, int]) -> None:
    example = make_example(shape=shape)
    holes = np.where(np.arange(shape[1]) % 2, np.nan, example.anomaly_map).astype(np.float32)
    examples = [example._replace(anomaly_map=holes, title="a $ title " * 20, measure=math.nan)]
    examples += [make_example("worst", shape=shape)._replace(anomaly_map=np.full(shape, np.nan, dtype=np.float32))]
    picture = draw(write_montage, make_result(examples=examples), tmp_path)
    assert picture.shape[0] < 1500


def test_shorten() -> None:
    assert shorten("a\n b", 9) == "a b"
    assert shorten("abcdefghij", 5) == "ab…ij" and shorten("abcdefghij", 10) == "abcdefghij"
