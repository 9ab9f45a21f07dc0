"""A table that grows by rows and is cut back when a run is resumed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PIL import Image

from acd_monai.errors import OutputError
from acd_monai.reports import GrowingTable, write_loss_curve


def test_rows_come_back_and_are_cut(tmp_path: Path) -> None:
    table = GrowingTable(tmp_path / "losses.csv", ("step", "loss"))
    table.keep_up_to(0)
    for step in range(1, 5):
        table.append(step, 1 / step)
    table.append(5, math.nan)
    assert table.rows()[:4] == [[step, pytest.approx(1 / step)] for step in range(1, 5)]
    assert math.isnan(table.rows()[4][1])
    table.keep_up_to(3)
    table.append(4, 2.0)
    assert (tmp_path / "losses.csv").read_text() == "step,loss\n1,1\n2,0.5\n3,0.33333333\n4,2\n"


def test_half_a_row_of_a_killed_run_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    path.write_text("step,loss\n1,0.5\n2,0.2")
    table = GrowingTable(path, ("step", "loss"))
    assert table.rows() == [[1, 0.5]]
    table.keep_up_to(2)
    assert path.read_text() == "step,loss\n1,0.5\n"


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"could not write .*gone.losses.csv"):
        GrowingTable(tmp_path / "gone" / "losses.csv", ("step", "loss")).append(1, 0.5)


def test_the_curve_is_a_picture_even_of_one_step(tmp_path: Path) -> None:
    for rows in (
        [[1, 1, 2.0, 0.7, 1.3]],
        [[step, 1 + step // 5, 2 / step, 1 / step, 1 / step] for step in range(1, 20)],
    ):
        write_loss_curve(rows, tmp_path / "curve.png")
        assert Image.open(tmp_path / "curve.png").size == (1080, 540)
