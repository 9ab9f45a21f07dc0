"""A comparison as Markdown, CSV and HTML: the best figure of a column bold, but never one that is not to be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from acd_monai.reports.csv_cells import text_cell, to_csv
from acd_monai.reports.evaluation.compare import BenchmarkBlock, Comparison, Run
from acd_monai.reports.evaluation.document import Block, Cell, Document, Lines, Row, Section, Table
from acd_monai.reports.evaluation.html_page import to_html
from acd_monai.reports.evaluation.markdown import to_markdown
from acd_monai.reports.evaluation.marks import find_marks
from acd_monai.reports.evaluation.naming import (
    UNDEFINED,
    method_text,
    percent,
    published_text,
    settings_text,
    value_text,
)
from acd_monai.reports.evaluation.result import FIGURES, EvaluationResult, Figure
from acd_monai.reports.evaluation.results_csv import FIGURE_COLUMNS, figure_cells, marks_cell
from acd_monai.reports.evaluation.tables import figure_cell, figures_in, published_cell
from acd_monai.reports.summary import NOTICE

__all__ = ["comparison_csv", "comparison_html", "comparison_markdown"]

RUN_COLUMNS = ("benchmark", "split", "run", "method", "settings", "backbone", "weights", "weights_sha256")


def comparison_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown."""
    return to_markdown(_document(comparison))


def comparison_html(comparison: Comparison) -> str:
    """Return the comparison as a page that needs nothing else."""
    return to_html(_document(comparison))


def comparison_csv(comparison: Comparison) -> str:
    """Return a row a run and a row a published line; fractions, undefined empty."""
    rows: list[Sequence[object]] = []
    for block in comparison.blocks:
        for run in block.runs:
            words = (block.benchmark, run.result.split, run.name, *_model_words(run.result), _sha256(run.result))
            cells = figure_cells(run.result.mean)
            rows.append((*map(_word, words), *cells, marks_cell(run.result)))
        for label, figures in block.published().items():
            words = (block.benchmark, "", published_text(label), "", "", "", "", "")
            fractions = {name: Figure(value / 100) for name, value in figures.items()}
            rows.append((*map(_word, words), *figure_cells(fractions), ""))
    return to_csv((*RUN_COLUMNS, *FIGURE_COLUMNS, "mark"), rows)


def _word(text: str) -> str:
    return "" if text == UNDEFINED else text_cell(text)


def _document(comparison: Comparison) -> Document:
    return Document("Comparison", None, tuple(_section(block) for block in comparison.blocks), NOTICE)


def _section(block: BenchmarkBlock) -> Section:
    names = figures_in([run.result for run in block.runs])
    best = {name: _best(block.runs, name) for name in names}
    rows = [Row((*_run_cells(run), *_figure_cells(run, best))) for run in block.runs]
    for label, figures in block.published().items():
        cells = (Cell(published_text(label)), *[Cell("")] * 4, *(published_cell(figures, name) for name in names))
        rows.append(Row(cells, "aside"))
    columns = ("run", "method", "settings", "backbone", "weights", *(FIGURES[name] for name in names))
    caption = "Mean over the classes, in % [95 % interval]; bold: best of the runs that are trained and unforced"
    table = Table(caption, columns, 5, tuple(rows), _forced(block))
    lines = [f"⚠ {run.name}: {mark.short}: {mark.sentence}" for run in block.runs for mark in find_marks(run.result)]
    lines += [f"Not alike: {note}" for note in block.notes]
    blocks: tuple[Block, ...] = (table, Lines(tuple(lines))) if lines else (table,)
    return Section(f"{block.title} ({block.benchmark})", blocks)


def _forced(block: BenchmarkBlock) -> str | None:
    """Return what stands above a table with runs that were evaluated on training images."""
    names = [run.name for run in block.runs if run.result.overlap]
    return f"EVALUATED ON TRAINING IMAGES: {', '.join(names)}" if names else None


def _run_cells(run: Run) -> tuple[Cell, ...]:
    marks = [mark.short for mark in find_marks(run.result)]
    first = Cell(run.name, f"⚠ {'; '.join(marks)}" if marks else "")
    return (first, *map(Cell, _model_words(run.result)))


def _model_words(result: EvaluationResult) -> tuple[str, str, str, str]:
    model = result.model
    return (
        method_text(model),
        settings_text(model.get("settings", {})) or UNDEFINED,
        value_text(model.get("backbone")),
        value_text(model.get("weights", {}).get("source")),
    )


def _sha256(result: EvaluationResult) -> str:
    return value_text(result.model.get("weights", {}).get("sha256"))


def _is_trusted(result: EvaluationResult) -> bool:
    """Tell whether a run may be the best: not one that is untrained or saw the images in training."""
    return not result.overlap and bool(result.model.get("trained", False))


def _figure_cells(run: Run, best: dict[str, str | None]) -> list[Cell]:
    mean, trusted = run.result.mean, _is_trusted(run.result)
    return [
        figure_cell(mean.get(name), trusted and name in mean and percent(mean[name].value) == text)
        for name, text in best.items()
    ]


def _best(runs: Sequence[Run], name: str) -> str | None:
    """Return the highest figure as it is printed; None where fewer than two runs can be compared."""
    values = [run.result.mean[name].value for run in runs if _is_trusted(run.result) and name in run.result.mean]
    defined = [value for value in values if math.isfinite(value)]
    return percent(max(defined)) if len(defined) > 1 else None
