"""``montage.png`` of several methods on one data set: the same images, a column for each method's map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from acd_monai.reports.colour_bar import COLOURS
from acd_monai.reports.evaluation.compare import Run
from acd_monai.reports.evaluation.marks import marks_loud
from acd_monai.reports.evaluation.montage import draw_outline
from acd_monai.reports.evaluation.plot_style import new_picture, save_picture, shorten
from acd_monai.reports.evaluation.result import Example
from acd_monai.reports.legible import write_text
from acd_monai.reports.map_scale import robust_scale
from acd_monai.reports.preview_layout import QUIET, TEXT, PreviewLayout

__all__ = ["write_methods_montage"]

PANEL, GAP, LEFT, RIGHT, HEADING, TITLE, BELOW = 1.75, 0.05, 0.4, 0.4, 0.7, 0.3, 0.12
"""Inches."""
LEAST_PANELS = 4
"""Room for the title."""
NOTES = (
    "Each row: an image, the outline of what is abnormal (cyan), and every method's anomaly map. A method's maps share "
    "one scale, given above them: all but the lowest 0.5 % and the highest 0.1 % of their values. Scales of different "
    "methods cannot be compared. ×700: differences are enlarged 700 times, and may be noise; flat: they are.",
)


def write_methods_montage(
    title: str, runs: Sequence[Run], examples: Mapping[str, Sequence[Example]], path: Path
) -> None:
    """Draw the same images as several methods see them.

    Args:
        title: of the data set.
        runs: the evaluations, in the order of the columns.
        examples: of each run's name; images belong together by their titles.
        path: the picture.

    Raises:
        OutputError: the file cannot be written.
    """
    rows: dict[str, dict[str, Example]] = {}
    for run in runs:
        for example in examples[run.name]:
            rows.setdefault(example.title, {})[run.name] = example
    heights = [PANEL * _tallness(next(iter(row.values()))) for row in rows.values()]
    width = LEFT + max(len(runs) + 2, LEAST_PANELS) * (PANEL + GAP) + RIGHT
    height = HEADING + sum(TITLE + one + BELOW for one in heights)
    figure, layout = new_picture(f"{title}: methods", width, height, NOTES, _marks(runs))
    scales = {run.name: robust_scale(example.anomaly_map for example in examples[run.name]) for run in runs}
    for column, run in enumerate(runs):
        scale = scales[run.name]
        _write(figure, layout, shorten(run.name, 22), _left(column + 2), 0.2, TEXT, "bold")
        _write(figure, layout, scale.ends, _left(column + 2), 0.4, QUIET, "normal")
        _write(figure, layout, scale.enlarged, _left(column + 2), 0.6, QUIET, "normal")
    top = HEADING
    for (name, row), panel_height in zip(rows.items(), heights, strict=True):
        _write(figure, layout, shorten(name, int(width * 11)), LEFT, top + TITLE - 0.08, TEXT, "normal")
        top += TITLE
        axes = [
            figure.add_axes(layout.body(_left(column), top, PANEL, panel_height)) for column in range(len(runs) + 2)
        ]
        example = next(iter(row.values()))
        axes[0].imshow(example.image, interpolation="antialiased")
        axes[1].imshow(example.image, interpolation="antialiased")
        if example.mask is None:
            _say(axes[1], "no mask")
        else:
            draw_outline(axes[1], example.mask)
        for one, run in zip(axes[2:], runs, strict=True):
            if run.name in row:
                one.imshow(
                    row[run.name].anomaly_map, cmap=COLOURS, norm=scales[run.name].norm, interpolation="antialiased"
                )
            else:
                _say(one, "not scored")
        for one in axes:
            one.set_facecolor("black")
            one.set_xticks([])
            one.set_yticks([])
            one.spines[:].set_visible(False)
        top += panel_height + BELOW
    save_picture(figure, path)


def _tallness(example: Example) -> float:
    height, width = example.anomaly_map.shape
    return min(max(height / width, 0.3), 1.0)


def _left(column: int) -> float:
    return LEFT + column * (PANEL + GAP)


def _marks(runs: Sequence[Run]) -> str | None:
    """Return what the runs must be marked with, each mark with those it concerns unless it concerns all."""
    concerned: dict[str, list[str]] = {}
    for run in runs:
        if mark := marks_loud(run.result):
            concerned.setdefault(mark, []).append(run.name)
    said = [mark if len(names) == len(runs) else f"{', '.join(names)}: {mark}" for mark, names in concerned.items()]
    return "; ".join(said) or None


def _write(
    figure: Figure, layout: PreviewLayout, text: str, left: float, bottom: float, colour: str, weight: str
) -> None:
    """Write a line whose bottom left corner is so many inches from the body's top left."""
    x, y, _, _ = layout.body(left, bottom, 1.0, 0.0)
    write_text(figure, x, y, text, weight, color=colour, fontsize=9, va="bottom")


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.04, text, color=TEXT, ha="center", fontsize=8.5, transform=axes.transAxes)
