"""The report's pictures: three planes through the top finding, or a frame; plain above, or left, the map laid over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from acd_monai.reports.colour_bar import draw_colour_bar
from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.overlay import OrientationLetters, lay_map, show_picture, write_letters
from acd_monai.reports.palette import DARK, LIGHT
from acd_monai.reports.planes import hang, letters_of
from acd_monai.reports.preview import LARGEST_SIDE
from acd_monai.reports.report_text import place_along

__all__ = ["draw_pictures"]

BAR, GAP, TITLE = 0.75, 0.1, 0.2
"""Inches: for the colour bar, between pictures, above them."""
TALLEST, TALLEST_FRAME = 1.95, 4.2
THIN = 0.25
"""Height of a picture over its width."""

Box = Callable[[float, float, float], tuple[float, float, float, float]]


class _Panel(NamedTuple):
    """One slice through the finding.

    Attributes:
        title: what it is.
        picture: ``(R, W, C)`` in [0, 1].
        values: ``(R, W)`` of the map.
        size: height and width of a pixel.
        letters: patient directions, or None.
        point: row and column of the finding, or None.
    """

    title: str
    picture: np.ndarray
    values: np.ndarray
    size: tuple[float, float]
    letters: OrientationLetters | None = None
    point: tuple[int, int] | None = None


def draw_pictures(figure: Figure, box: Box, view: CaseView, room: tuple[float, float], scale: MapScale) -> float:
    """Draw the pictures below the top of the page.

    Args:
        figure: the page.
        box: gives the box at the top for left, width and height in inches.
        view: the case.
        room: inches from margin to margin, and at most downwards.
        scale: which scores the colours stand for.

    Returns:
        Inches used.
    """
    threshold = view.summary.threshold.value
    if view.summary.source.kind == "volume":
        panels, columns, tallest = _planes(view), 3, TALLEST
    else:
        panels, columns, tallest = [_frame(view)], 2, TALLEST_FRAME
    rows = 2 if columns == 3 else 1
    tallest = min(tallest, (room[1] - TITLE - (rows - 1) * GAP) / rows)
    width = (room[0] - BAR - (columns - 1) * GAP) / columns
    tallness = max(panel.picture.shape[0] * panel.size[0] / panel.picture.shape[1] / panel.size[1] for panel in panels)
    height = min(max(width * tallness, 0.5 * width), tallest)
    whole = TITLE + rows * height + (rows - 1) * GAP
    for index, panel in enumerate(panels):
        for row, overlaid in enumerate((False, True)):
            column, line = (index, row) if rows == 2 else (row, 0)
            left, bottom, wide, tall = box(column * (width + GAP), width, TITLE + height + line * (height + GAP))
            share = height / (TITLE + height + line * (height + GAP))
            axes = figure.add_axes((left, bottom, wide, tall * share))
            _draw(axes, panel, threshold, scale if overlaid else None)
            if line == 0:
                title = panel.title if rows == 2 or not overlaid else "anomaly map laid over"
                axes.set_title(title, color=LIGHT.text, fontsize=8.5, pad=4, parse_math=False)
    left, bottom, wide, tall = box(room[0] - BAR + 0.18, 0.14, whole)
    draw_colour_bar(figure, (left, bottom, wide, tall * (whole - TITLE) / whole), scale, 10, threshold, LIGHT)
    return whole


def _draw(axes: Axes, panel: _Panel, threshold: float, scale: MapScale | None) -> None:
    """Draw the picture; with a scale, the map over it."""
    aspect = panel.size[0] / panel.size[1]
    step = -(-max(panel.values.shape) // LARGEST_SIDE)
    axes.set_anchor("N")
    show_picture(axes, np.clip(panel.picture[::step, ::step], 0.0, 1.0), aspect)
    if scale is not None:
        lay_map(axes, panel.values[::step, ::step], threshold, aspect, scale)
    if panel.letters is not None:
        write_letters(axes, _fitting(panel.letters, panel.values.shape, aspect))
    if panel.point is not None and scale is None:
        _mark(axes, panel.values.shape, panel.point, step)


def _fitting(letters: OrientationLetters, shape: tuple[int, ...], aspect: float) -> OrientationLetters:
    """Leave out the letters that would lie on each other: a slab of few slices is a thin strip."""
    tallness = shape[0] * aspect / shape[1]
    if tallness < THIN:
        return letters._replace(top="", bottom="")
    return letters._replace(left="", right="") if tallness > 1 / THIN else letters


def _mark(axes: Axes, shape: tuple[int, ...], point: tuple[int, int], step: int) -> None:
    """Draw a cross that stops short of the point, so that nothing of the finding itself is covered."""
    row, column = (position / step for position in point)
    last_row, last_column = ((length - 1) / step for length in shape)
    style: dict[str, Any] = {"color": DARK.contour, "linewidth": 0.8}
    for start, end in ((0.0, 0.7 * row), (row + 0.3 * (last_row - row), last_row)):
        axes.plot([column, column], [start, end], **style)
    for start, end in ((0.0, 0.7 * column), (column + 0.3 * (last_column - column), last_column)):
        axes.plot([start, end], [row, row], **style)


def _planes(view: CaseView) -> list[_Panel]:
    picture, items = view.picture, view.summary.components.items
    if items:
        point = np.array(items[0].peak_mm)
    else:
        highest = np.unravel_index(int(view.anomaly_map.argmax()), view.anomaly_map.shape)
        point = (view.summary.source.affine @ (*highest, 1.0))[:3]
    image = np.moveaxis(picture.image, 0, -1)
    panels = []
    for normal, plane in ((2, "axial"), (1, "coronal"), (0, "sagittal")):
        turned, affine = hang(image, picture.affine, plane)
        values, _ = hang(picture.anomaly_map, picture.affine, plane)
        row, column, index = (int(n) for n in np.rint(np.linalg.solve(affine, (*point, 1.0))[:3]))
        height, width, _ = np.linalg.norm(affine[:3, :3], axis=0)
        title = f"{plane}, at {place_along(normal, point[normal])} mm"
        where = (row, column)
        panels.append(
            _Panel(title, turned[:, :, index], values[:, :, index], (height, width), letters_of(affine), where)
        )
    return panels


def _frame(view: CaseView) -> _Panel:
    picture, items = view.picture, view.summary.components.items
    highest = int(np.nanargmax(picture.scores)) if np.isfinite(picture.scores).any() else 0
    index = items[0].peak_voxel[2] if items else highest
    title = f"at {picture.labels[index]}" if view.timeline is not None else "picture"
    image = np.moveaxis(picture.image[..., index], 0, -1)
    return _Panel(title, image, picture.anomaly_map[..., index], picture.pixel_size)
