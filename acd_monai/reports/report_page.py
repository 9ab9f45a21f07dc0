"""The case report: one A4 page that says what was scanned, what was found where, with what, and how far to trust it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from acd_monai.reports.legible import write_text
from acd_monai.reports.map_scale import scale_of_slices
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.palette import LIGHT
from acd_monai.reports.report_pictures import draw_pictures
from acd_monai.reports.report_text import Lines, Table, describe_findings, describe_model, describe_scan, describe_top
from acd_monai.reports.score_curve import draw_slice_curve
from acd_monai.reports.slice_ranking import rank_scores
from acd_monai.reports.summary import NOTICE

__all__ = ["draw_report"]

WIDTH, HEIGHT = 8.27, 11.69
"""Inches of A4."""
MARGIN = 0.55
ROOM = WIDTH - 2 * MARGIN
LINE = 0.165
MOST_FINDINGS = 12
MOST_WARNING_LINES = 7
BELOW_PICTURES = 3.5
"""Inches kept for the curve, a few findings and warnings; on a full page the pictures give way."""


class _Page:
    """A figure that is filled from the top; ``top`` is how far it is filled, in inches."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(WIDTH, HEIGHT), facecolor=LIGHT.background)
        FigureCanvasAgg(self.figure)
        self.top = MARGIN

    def write(self, left: float, said: str, size: float = 8.0, *, below: float = 0.0, **style: Any) -> None:
        """Write a line ``below`` the top; it must fit."""
        style = {"color": LIGHT.text, "va": "top", "fontsize": size, **style}
        write_text(self.figure, (MARGIN + left) / WIDTH, 1 - (self.top + below) / HEIGHT, said, **style)

    def box(self, left: float, width: float, height: float) -> tuple[float, float, float, float]:
        """Return a box at the top as fractions of the page, without filling it."""
        bottom = HEIGHT - self.top - height
        return (MARGIN + left) / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT

    def rule(self) -> None:
        """Draw a thin line across the page."""
        y = 1 - self.top / HEIGHT
        ends = [MARGIN / WIDTH, 1 - MARGIN / WIDTH]
        self.figure.add_artist(Line2D(ends, [y, y], color=LIGHT.quiet, linewidth=0.6))


def draw_report(view: CaseView, patient: Lines) -> Figure:
    """Draw the page.

    Args:
        view: the case.
        patient: who was scanned; empty: nobody is named.
    """
    page = _Page()
    _head(page, view)
    _facts(page, [*patient, *describe_scan(view)], describe_model(view))
    page.write(0, describe_top(view), 10, weight="bold")
    page.top += 0.27
    scale = scale_of_slices(view.picture.anomaly_map, view.picture.scores)
    downwards = HEIGHT - MARGIN / 2 - page.top - BELOW_PICTURES
    page.top += draw_pictures(page.figure, page.box, view, (ROOM, downwards), scale) + 0.1
    if scale.note:
        page.write(0, scale.note, 7.5, color=LIGHT.quiet)
        page.top += LINE
    _curve(page, view)
    _findings(page, view)
    _warnings(page, [*view.noticed])
    return page.figure


def _head(page: _Page, view: CaseView) -> None:
    page.write(0, "Anomaly report", 17, weight="bold")
    page.top += 0.4
    for said in (NOTICE, *([view.alert] if view.alert else [])):
        style = {"facecolor": LIGHT.highlight, "edgecolor": LIGHT.highlight, "boxstyle": "square,pad=0.3"}
        page.write(0.05, said, 9.5, weight="bold", color=LIGHT.background, bbox=style)
        page.top += 0.3


def _facts(page: _Page, left: Lines, right: Lines) -> None:
    """Write two columns of names and values."""
    half, name_width = ROOM / 2, 0.85
    heights = []
    for column, lines in enumerate((left, right)):
        below = 0.02
        for name, value in lines:
            page.write(column * half, name, 7.5, below=below, color=LIGHT.quiet)
            for part in textwrap.wrap(value, 44)[:3] or [""]:
                page.write(column * half + name_width, part, below=below)
                below += LINE
        heights.append(below)
    page.top += max(heights) + 0.1
    page.rule()
    page.top += 0.08


def _curve(page: _Page, view: CaseView) -> None:
    """Draw the scores over slices, or over time; one slice has no curve."""
    picture, threshold = view.picture, view.summary.threshold.value
    if view.timeline is None and len(picture.scores) < 2:
        return
    page.top += 0.12
    axes = page.figure.add_axes(page.box(0.45, ROOM - 0.45, 0.8))
    if view.timeline is not None:
        view.timeline.draw(axes, threshold, LIGHT)
        axes.set_xlabel("time, minutes:seconds (dots: top frames; dashed: threshold)", color=LIGHT.quiet, fontsize=8)
    else:
        draw_slice_curve(axes, picture.scores, rank_scores(picture.scores)[:1], threshold, LIGHT)
        plane = view.summary.slices.plane
        axes.set_xlabel(f"{plane} slice (dot: highest; dashed: threshold)", color=LIGHT.quiet, fontsize=8)
    page.top += 0.8 + 0.5


def _findings(page: _Page, view: CaseView) -> None:
    total = view.summary.components.total
    kept_free = min(len(view.noticed), 4) * LINE + 0.6  # for warnings and the table's head
    room = int((HEIGHT - MARGIN / 2 - page.top - kept_free) / LINE)
    table = describe_findings(view, min(room, MOST_FINDINGS))
    more = f", the first {len(table.rows)} of {total}" if total > len(table.rows) else ""
    page.write(0, f"Findings at or above {view.summary.threshold.value:.3f}{more}", 10, weight="bold")
    page.top += 0.25
    if not table.rows:
        page.write(0, "None.")
        page.top += LINE
    else:
        _table(page, table)
    page.top += 0.12


def _table(page: _Page, table: Table) -> None:
    widths = [max(len(row[column]) for row in (table.columns, *table.rows)) + 3 for column in range(len(table.columns))]
    lefts = np.cumsum([0, *widths[:-1]]) * ROOM / sum(widths)
    for row in (table.columns, *table.rows):
        colour = LIGHT.quiet if row is table.columns else LIGHT.text
        for left, cell in zip(lefts, row, strict=True):
            page.write(float(left), cell, color=colour)
        page.top += LINE
        if row is table.columns:
            page.rule()
            page.top += 0.04


def _warnings(page: _Page, warnings: Sequence[str]) -> None:
    room = min(MOST_WARNING_LINES, int((HEIGHT - MARGIN / 2 - page.top - 0.25) / LINE))
    lines = [line for said in warnings for line in textwrap.wrap(f"– {said}", 118, subsequent_indent="   ")]
    if not lines or room < 1:
        return
    if len(lines) > room:
        lines = [*lines[: room - 1], f"… {len(lines) - room + 1} more lines: see the summary"]
    page.write(0, "Warnings", 10, weight="bold")
    page.top += 0.23
    for line in lines:
        page.write(0, line)
        page.top += LINE
