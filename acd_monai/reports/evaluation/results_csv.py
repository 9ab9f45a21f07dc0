"""``results.csv`` and ``scores.csv``: the figures and the image scores for a spreadsheet or a program.

Fractions, not percent; undefined is empty. The last column, ``mark``, says what must be known before one is quoted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from acd_monai.reports.atomic import written_whole
from acd_monai.reports.csv_cells import number_cell, text_cell, to_csv
from acd_monai.reports.evaluation.marks import find_marks
from acd_monai.reports.evaluation.result import FIGURES, EvaluationResult, Figure

__all__ = ["FIGURE_COLUMNS", "figure_cells", "marks_cell", "write_results_csv", "write_scores_csv"]

FIGURE_COLUMNS = tuple(column for name in FIGURES for column in (name, f"{name}_low", f"{name}_high"))
RESULT_COLUMNS = ("class", "noun", "images", "abnormal", "cases", "with_masks", *FIGURE_COLUMNS, "mark")
SCORE_COLUMNS = ("image", "class", "case", "label", "score", "mark")


def write_results_csv(result: EvaluationResult, path: Path | str) -> None:
    """Write a row a class, and ``mean`` last.

    Raises:
        OutputError: The file cannot be written.
    """
    mark = marks_cell(result)
    rows: list[Sequence[object]] = [
        (
            text_cell(item.class_name),
            text_cell(item.noun),
            item.images,
            item.abnormal,
            item.cases,
            item.with_masks,
            *figure_cells(item.figures),
            mark,
        )
        for item in result.classes
    ]
    totals = [sum(getattr(item, column) for item in result.classes) for column in RESULT_COLUMNS[2:6]]
    rows.append(("mean", "", *totals, *figure_cells(result.mean), mark))
    _write(path, RESULT_COLUMNS, rows)


def write_scores_csv(result: EvaluationResult, path: Path | str) -> None:
    """Write a row an image, with all digits of its score.

    Raises:
        OutputError: The file cannot be written.
    """
    mark = marks_cell(result)
    rows = (
        (
            text_cell(row.image),
            text_cell(item.class_name),
            text_cell(row.case),
            row.label,
            f"{row.score:.9g}" if math.isfinite(row.score) else "",
            mark,
        )
        for item in result.classes
        for row in item.scores
    )
    _write(path, SCORE_COLUMNS, rows)


def figure_cells(figures: Mapping[str, Figure]) -> list[str]:
    """Return the cells of :data:`FIGURE_COLUMNS`."""
    nothing = Figure(math.nan)
    return [number_cell(number, 6) for name in FIGURES for number in figures.get(name, nothing)[:3]]


def marks_cell(result: EvaluationResult) -> str:
    """Return the marks in short."""
    return "; ".join(mark.short for mark in find_marks(result))


def _write(path: Path | str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with written_whole(path) as part:
        part.write_text(to_csv(columns, rows), encoding="utf-8", newline="")
