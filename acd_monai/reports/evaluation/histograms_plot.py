"""``histograms.png``: how well the image scores of normal and abnormal images part, a panel a class."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from acd_monai.reports.evaluation.marks import marks_loud
from acd_monai.reports.evaluation.plot_style import ABNORMAL, NORMAL, new_picture, save_picture, shorten, style_axes
from acd_monai.reports.evaluation.result import ClassResult, EvaluationResult
from acd_monai.reports.preview_layout import CONTOUR, QUIET

__all__ = ["write_histograms"]

BINS = 30
MOST_COLUMNS = 4
MOST_PANELS = 60
LEFT, WIDTH, GAP = 0.75, 2.5, 0.65
HEIGHT, BELOW = 1.7, 0.85
"""Inches; a single class gets a larger panel."""


def write_histograms(result: EvaluationResult, path: Path | str) -> None:
    """Draw the histograms; scores that are undefined are counted in the panel's title.

    Raises:
        OutputError: The file cannot be written.
    """
    shown = result.classes[:MOST_PANELS]
    columns = min(max(len(shown), 1), MOST_COLUMNS)
    rows = max(-(-len(shown) // columns), 1)
    wide = {1: 8.0, 2: 4.6, 3: 3.3}.get(columns, WIDTH)
    height = 2.6 if rows == 1 else HEIGHT
    threshold = _threshold(result.protocol)
    notes = ["Blue: normal images; amber, outlined: abnormal images; each adds up to 100 %."]
    notes += (
        [f"Dashed: the threshold, {threshold:.3g}, where it lies among the scores."] if threshold is not None else []
    )
    notes += [f"The first {MOST_PANELS} of {len(result.classes)} classes."] if len(result.classes) > MOST_PANELS else []
    figure, layout = new_picture(
        f"{result.title}: image scores",
        LEFT + columns * wide + (columns - 1) * GAP + 0.4,
        rows * (height + BELOW),
        notes,
        marks_loud(result),
    )
    for index, item in enumerate(shown):
        row, column = divmod(index, columns)
        place = layout.body(LEFT + column * (wide + GAP), 0.25 + row * (height + BELOW), wide, height)
        _draw(figure.add_axes(place), item, threshold, room=int(wide * 12))
    save_picture(figure, path)


def _threshold(protocol: dict[str, Any]) -> float | None:
    value = protocol.get("threshold")
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def _draw(axes: Axes, item: ClassResult, threshold: float | None, room: int) -> None:
    labels = np.array([row.label for row in item.scores], dtype=int)
    scores = np.array([row.score for row in item.scores], dtype=float)
    defined = np.isfinite(scores)
    missing = int(np.count_nonzero(~defined))
    said = f" ({missing} not scored)" if missing else ""
    style_axes(axes, shorten(item.class_name, room - len(said)) + said)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    if not defined.any():
        axes.text(0.5, 0.5, "no scores", color=QUIET, ha="center", va="center", transform=axes.transAxes)
        return
    low, high = float(scores[defined].min()), float(scores[defined].max())
    edges = np.linspace(low, high, BINS + 1) if high - low > 1e-6 else np.array([low - 0.01, low + 0.01])
    for label, colour, outlined in ((0, NORMAL, False), (1, ABNORMAL, True)):
        values = scores[defined & (labels == label)]
        if not values.size:
            continue
        shares = np.histogram(values, edges)[0] / values.size
        axes.stairs(shares, edges, fill=True, color=colour, alpha=0.3 if outlined else 0.75)
        if outlined:
            axes.stairs(shares, edges, color=colour, linewidth=1.5)
    if threshold is not None and edges[0] <= threshold <= edges[-1]:
        axes.axvline(threshold, color=CONTOUR, linewidth=1.2, linestyle=(0, (4, 3)))
