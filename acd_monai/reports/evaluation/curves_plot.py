"""``curves.png``: ROC and precision–recall curves of images and of pixels, a line a class."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from acd_monai.reports.evaluation.marks import marks_loud
from acd_monai.reports.evaluation.plot_style import (
    colour_of,
    dashes_of,
    new_picture,
    save_picture,
    set_plain,
    shorten,
    style_axes,
)
from acd_monai.reports.evaluation.result import EvaluationResult
from acd_monai.reports.preview_layout import QUIET, TEXT, Box

__all__ = ["write_curves"]

PANELS = (("image_roc", "pixel_roc"), ("image_pr", "pixel_pr"))
TITLES = {"image": "images", "pixel": "pixels"}
AXES = {"roc": ("false positive rate", "true positive rate"), "pr": ("recall", "precision")}
SIDE, GAP, LEFT, LEGEND = 3.5, 0.85, 0.85, 2.6
"""Inches."""
LEGEND_ROWS = 34


def write_curves(result: EvaluationResult, path: Path | str) -> None:
    """Draw the curves of every class; a level without any is said to be undefined.

    Raises:
        OutputError: The file cannot be written.
    """
    columns = -(-len(result.classes) // LEGEND_ROWS)
    width = LEFT + 2 * SIDE + GAP + 0.3 + max(columns, 1) * LEGEND
    figure, layout = new_picture(f"{result.title}: curves", width, 2 * (SIDE + GAP), [], marks_loud(result))
    for row, names in enumerate(PANELS):
        for column, name in enumerate(names):
            place = layout.body(LEFT + column * (SIDE + GAP), 0.1 + row * (SIDE + GAP), SIDE, SIDE)
            _draw(figure.add_axes(place), result, name)
    _legend(figure, result, layout.body(LEFT + 2 * SIDE + GAP + 0.3, 0.1, columns * LEGEND, 2 * SIDE + GAP), columns)
    save_picture(figure, path)


def _draw(axes: Axes, result: EvaluationResult, name: str) -> None:
    level, kind = name.split("_")
    style_axes(axes, f"{'ROC' if kind == 'roc' else 'precision–recall'}, {TITLES[level]}", *AXES[kind])
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    if kind == "roc":
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, alpha=0.5)
    curves = [(index, item.curves[name]) for index, item in enumerate(result.classes) if name in item.curves]
    for index, curve in curves:
        axes.plot(curve.x, curve.y, linewidth=1.6, color=colour_of(index), linestyle=dashes_of(index))
    if not curves:
        axes.text(0.5, 0.5, "undefined", color=QUIET, ha="center", va="center", fontsize=11)


def _legend(figure: Figure, result: EvaluationResult, place: Box, columns: int) -> None:
    if not result.classes:
        return
    lines = [
        Line2D([], [], linewidth=2, color=colour_of(index), linestyle=dashes_of(index))
        for index in range(len(result.classes))
    ]
    legend = figure.legend(
        lines,
        [str(index) for index in range(len(lines))],
        loc="upper left",
        bbox_to_anchor=(place[0], place[1] + place[3]),
        borderaxespad=0,
        ncols=columns,
        frameon=False,
        fontsize=9.5,
        labelcolor=TEXT,
        handlelength=3.2,
    )
    for text, item in zip(legend.get_texts(), result.classes, strict=True):
        set_plain(text, shorten(item.class_name, 22))
