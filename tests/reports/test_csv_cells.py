from __future__ import annotations

import csv
import io
import math

import pytest

from acd_monai.reports.csv_cells import number_cell, text_cell, to_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " \t=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert text_cell(text) == f"'{text.strip()}"


def test_other_texts_stay_but_for_their_lines() -> None:
    assert text_cell("a =\n b, c") == "a = b, c"
    assert text_cell("\udce9").isascii()


def test_numbers() -> None:
    assert [number_cell(value, 3) for value in (0.12345, math.nan, math.inf, None)] == ["0.123", "", "", ""]


def test_a_table_reads_back() -> None:
    rows = [["a,b", '"', "1"]]
    assert list(csv.reader(io.StringIO(to_csv(["x", "y", "z"], rows)))) == [["x", "y", "z"], *rows]
