"""``montage.png``: the images that went best and worst and the false alarms, each with its mask and its map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from acd_monai.reports.colour_bar import COLOURS, draw_colour_bar
from acd_monai.reports.evaluation.marks import marks_loud
from acd_monai.reports.evaluation.plot_style import new_picture, save_picture, shorten
from acd_monai.reports.evaluation.result import EvaluationResult, Example
from acd_monai.reports.legible import write_text
from acd_monai.reports.map_scale import MapScale, robust_scale
from acd_monai.reports.preview_layout import CONTOUR, QUIET, TEXT, PreviewLayout

__all__ = ["draw_outline", "write_montage"]

HEADINGS = {"best": "Best", "worst": "Worst", "false_alarm": "False alarms (normal images)"}
ABREAST = 2
LARGEST_SIDE = 512
"""Pixels along a side that are drawn."""
PANEL, INNER, OUTER = 1.75, 0.05, 0.35
LEFT, RIGHT, HEADING, TITLE, BELOW = 0.4, 1.1, 0.42, 0.3, 0.12
"""Inches."""
TRIPLE = 3 * PANEL + 2 * INNER
WIDTH = LEFT + ABREAST * TRIPLE + (ABREAST - 1) * OUTER + RIGHT


def write_montage(result: EvaluationResult, path: Path | str) -> None:
    """Draw the examples, three pictures each: image, outline of the mask, map; all maps in one scale.

    Raises:
        OutputError: The file cannot be written.
    """
    rows = _rows(result.examples)
    height = sum(row.above + TITLE + row.panel_height + BELOW for row in rows) if rows else 1.0
    scale = robust_scale(example.anomaly_map for example in result.examples)
    enlarged = f" ({scale.enlarged}: differences as small as these may be noise)" if scale.enlarged else ""
    notes = [
        "Each: the image, the outline of what is abnormal (cyan), the anomaly map; all maps in one scale, from "
        f"{scale.ends}{enlarged}."
    ]
    figure, layout = new_picture(f"{result.title}: examples", WIDTH, height, notes, marks_loud(result))
    top = 0.0
    for row in rows:
        if row.heading:
            _write(figure, layout, row.heading, LEFT, top + HEADING - 0.12, 12, "bold")
        top += row.above + TITLE
        for column, example in enumerate(row.examples):
            _draw(figure, layout, example, scale, (LEFT + column * (TRIPLE + OUTER), top, row.panel_height))
        top += row.panel_height + BELOW
    if rows:
        place = layout.body(WIDTH - RIGHT + 0.2, HEADING + TITLE, 0.16, PANEL)
        draw_colour_bar(figure, place, scale, size=9)
    else:
        figure.text(0.5, 0.5, "no example was kept", color=QUIET, ha="center", va="center", fontsize=11)
    save_picture(figure, path)


class _Row(NamedTuple):
    """Examples side by side, below a heading where a kind begins."""

    heading: str
    examples: Sequence[Example]

    @property
    def above(self) -> float:
        return HEADING if self.heading else 0.0

    @property
    def panel_height(self) -> float:
        tallness = max(height / width for height, width in (item.anomaly_map.shape for item in self.examples))
        return PANEL * min(max(tallness, 0.3), 1.0)


def _rows(examples: Sequence[Example]) -> list[_Row]:
    rows = []
    for kind, heading in HEADINGS.items():
        ordered = _ordered(examples, kind)
        for start in range(0, len(ordered), ABREAST):
            rows.append(_Row("" if start else heading, ordered[start : start + ABREAST]))
    return rows


def _ordered(examples: Sequence[Example], kind: str) -> list[Example]:
    """Return the examples of a kind, the most telling first and undefined measures last."""
    sign = 1 if kind == "worst" else -1
    chosen = [example for example in examples if example.kind == kind]
    return sorted(chosen, key=lambda item: sign * item.measure if math.isfinite(item.measure) else math.inf)


def _write(
    figure: Figure, layout: PreviewLayout, text: str, left: float, bottom: float, size: float, weight: str = "normal"
) -> None:
    """Write a line whose bottom left corner is so many inches from the body's top left."""
    x, y, _, _ = layout.body(left, bottom, 1.0, 0.0)
    write_text(figure, x, y, text, weight, color=TEXT, fontsize=size, va="bottom")


def _draw(
    figure: Figure, layout: PreviewLayout, example: Example, scale: MapScale, place: tuple[float, float, float]
) -> None:
    """Draw one example; ``place`` is left, top and height of its pictures in the body, in inches."""
    left, top, height = place
    _write(figure, layout, shorten(example.title, 68), left, top - 0.08, 9)
    step = -(-max(example.anomaly_map.shape) // LARGEST_SIDE)
    image = example.image[::step, ::step]
    plain, outlined, heat = (
        figure.add_axes(layout.body(left + index * (PANEL + INNER), top, PANEL, height)) for index in range(3)
    )
    plain.imshow(image, interpolation="antialiased")
    outlined.imshow(image, interpolation="antialiased")
    if example.mask is not None:
        draw_outline(outlined, example.mask[::step, ::step])
    else:
        outlined.text(0.5, 0.04, "no mask", color=TEXT, ha="center", fontsize=8.5, transform=outlined.transAxes)
    heat.imshow(example.anomaly_map[::step, ::step], cmap=COLOURS, norm=scale.norm, interpolation="antialiased")
    for axes in (plain, outlined, heat):
        axes.set_facecolor("black")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)


def draw_outline(axes: Axes, mask: np.ndarray) -> None:
    """Draw where the mask ends; a rim of normal pixels closes the line at the picture's edge."""
    padded = np.pad(mask.astype(np.float32), 1)
    if not padded.any():
        return
    height, width = padded.shape
    contour = axes.contour(np.arange(-1, width - 1), np.arange(-1, height - 1), padded, levels=[0.5], colors=[CONTOUR])
    contour.set_linewidth(1.3)
    contour.set_path_effects([patheffects.withStroke(linewidth=2.6, foreground="#00000099")])
    axes.set_xlim(-0.5, width - 2.5)
    axes.set_ylim(height - 2.5, -0.5)
