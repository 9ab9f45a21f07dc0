"""The papers' tables: a row a class, the mean, and what was published, each with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from acd_monai.reports.evaluation.document import Cell, Row, Table
from acd_monai.reports.evaluation.marks import marks_loud
from acd_monai.reports.evaluation.naming import (
    UNDEFINED,
    interval_text,
    is_same_method,
    percent,
    published_text,
)
from acd_monai.reports.evaluation.result import FIGURES, EvaluationResult, Figure

__all__ = ["class_table", "figure_cell", "figure_tables", "figures_in", "published_cell"]

LEVELS = ("image", "pixel", "case")


def figures_in(results: Sequence[EvaluationResult]) -> list[str]:
    """Return the figures that any class of any result, or any published row, has a defined or undefined value of."""
    found: set[str] = set()
    for result in results:
        found.update(*(item.figures for item in result.classes), result.mean, *result.published.values())
    return [name for name in FIGURES if name in found]


def figure_cell(figure: Figure | None, best: bool = False) -> Cell:
    """Return a figure in percent with its interval."""
    return Cell(UNDEFINED) if figure is None else Cell(percent(figure.value), interval_text(figure), best)


def published_cell(figures: Mapping[str, float], name: str) -> Cell:
    """Return a published figure, which is in percent already and has no interval."""
    return Cell(percent(figures[name] / 100)) if name in figures else Cell(UNDEFINED)


def class_table(result: EvaluationResult) -> Table:
    """Return what each class is made of."""
    rows = [
        Row(
            (
                Cell(item.class_name),
                Cell(item.noun),
                *(Cell(str(count)) for count in (item.images, item.abnormal, item.cases, item.with_masks)),
            )
        )
        for item in result.classes
    ]
    columns = ("class", "noun in the prompts", "images", "abnormal", "cases", "with masks")
    return Table("What was scored", columns, 2, tuple(rows), marks_loud(result))


def figure_tables(result: EvaluationResult) -> tuple[Table, ...]:
    """Return a table for each level that has figures: image, pixel, case."""
    names = figures_in([result])
    levels = [[name for name in names if name.startswith(level)] for level in LEVELS]
    return tuple(_figure_table(result, level) for level in levels if level)


def _figure_table(result: EvaluationResult, names: Sequence[str]) -> Table:
    level = names[0].partition("_")[0]
    rows = [Row((Cell(item.class_name), *_cells(item.figures, names))) for item in result.classes]
    rows.append(Row((Cell("mean"), *_cells(result.mean, names)), "mean"))
    for label, figures in result.published.items():
        if not any(name in figures for name in names):
            continue
        rows.append(Row((Cell(published_text(label)), *(published_cell(figures, name) for name in names)), "aside"))
        if is_same_method(label, result):
            differences = (_difference(result.mean.get(name), figures.get(name)) for name in names)
            rows.append(Row((Cell("mean − published"), *differences), "aside"))
    columns = ("class", *(FIGURES[name].removeprefix(f"{level} ") for name in names))
    return Table(f"{level.capitalize()} level, in % [95 % interval]", columns, 1, tuple(rows), marks_loud(result))


def _cells(figures: Mapping[str, Figure], names: Sequence[str]) -> list[Cell]:
    return [figure_cell(figures.get(name)) for name in names]


def _difference(figure: Figure | None, published: float | None) -> Cell:
    """Return run − published in percentage points, with its sign."""
    if figure is None or published is None:
        return Cell(UNDEFINED)
    points = round(100 * figure.value - published, 1) + 0.0  # no minus before zero
    return Cell(f"{points:+.1f}" if math.isfinite(points) else UNDEFINED)
