from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.reports import write_preview


def draw(path: Path, shape: tuple[int, int, int] = (40, 30, 6), channels: int = 1, **changed: Any) -> np.ndarray:
    rng = np.random.default_rng(0)
    anomaly_map = np.zeros(shape, dtype=np.float32)
    anomaly_map[10:20, 10:20] = np.linspace(0.4, 0.9, shape[2])
    arguments: dict[str, Any] = {
        "image": rng.random((channels, *shape)),
        "anomaly_map": anomaly_map,
        "slice_scores": anomaly_map.max((0, 1)),
        "slice_labels": [f"slice {n}" for n in range(shape[2])],
        "pixel_size": (1.0, 1.0),
        "title": "a case with $ and _ and ^ in its name",
        "threshold": 0.5,
        "notes": ("Research use only, not for diagnosis.",),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_preview(path, **(arguments | changed))
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    with Image.open(path) as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"), dtype=np.int16)


def test_it_opens_and_is_of_a_sane_size(tmp_path: Path) -> None:
    picture = draw(tmp_path / "p.png", orientation_letters=("R", "L", "A", "P"))
    assert 600 < picture.shape[0] < 2500 and 600 < picture.shape[1] < 2500
    assert picture[:5, :5].max() < 40  # dark margin
    assert picture.max() > 200


def test_the_map_and_the_alert_change_the_picture(tmp_path: Path) -> None:
    with_map = draw(tmp_path / "p.png")
    without = draw(tmp_path / "p.png", anomaly_map=np.zeros((40, 30, 6)))
    assert with_map.shape == without.shape
    assert np.mean(np.abs(with_map - without).max(-1) > 30) > 0.005
    alerted = draw(tmp_path / "p.png", alert="The model is untrained.")
    amber = np.all(np.abs(alerted - (255, 176, 0)) < 8, axis=-1)
    assert amber.sum() > 3000


def test_a_narrow_map_is_shown_by_its_differences_and_says_so(tmp_path: Path) -> None:
    narrow = np.full((40, 30, 1), 0.4990)
    narrow[20:, :] = 0.4995
    arguments = {"shape": (40, 30, 1), "image": np.zeros((1, 40, 30, 1)), "slice_scores": np.array([0.5])}
    enlarged = draw(tmp_path / "p.png", anomaly_map=narrow, **arguments)
    plain = draw(tmp_path / "p.png", anomaly_map=narrow - 0.4985, **arguments)
    assert enlarged.shape[0] > plain.shape[0]  # a line of small print more

    def contrast(picture: np.ndarray) -> int:
        column = picture[200:-200, picture.shape[1] * 3 // 4].sum(axis=-1)
        return int(column.max() - column.min())

    assert contrast(enlarged) > 300 and contrast(plain) < 30


def test_physical_aspect(tmp_path: Path) -> None:
    square = draw(tmp_path / "p.png", shape=(40, 40, 1))
    tall = draw(tmp_path / "p.png", shape=(40, 40, 1), pixel_size=(1.5, 1.0))
    assert square.shape[1] == tall.shape[1] and square.shape[0] < tall.shape[0]


def test_a_single_colour_frame_is_shown_side_by_side(tmp_path: Path) -> None:
    picture = draw(tmp_path / "p.png", shape=(30, 40, 1), channels=3)
    assert picture.shape[1] > 1.5 * picture.shape[0]


@pytest.mark.parametrize("shape", [(40, 30, 2), (2000, 1500, 1), (40, 30, 90)])
def test_other_sizes(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    draw(tmp_path / "p.png", shape=shape, notes=(), title="x" * 400)


def test_no_slice_was_scored(tmp_path: Path) -> None:
    draw(tmp_path / "p.png", slice_scores=np.full(6, np.nan), anomaly_map=np.zeros((40, 30, 6)))


def test_what_does_not_belong_together(tmp_path: Path) -> None:
    with pytest.raises(AcdMonaiError, match=r"\(2, 40, 30, 6\)"):
        draw(tmp_path / "p.png", channels=2)
    with pytest.raises(AcdMonaiError, match=r"6 labels"):
        draw(tmp_path / "p.png", slice_scores=np.zeros(5))
    with pytest.raises(AcdMonaiError, match="pixel size"):
        draw(tmp_path / "p.png", pixel_size=(0.0, 1.0))
    with pytest.raises(ConfigError, match="threshold"):
        draw(tmp_path / "p.png", threshold=-1.0)
    assert list(tmp_path.iterdir()) == []
