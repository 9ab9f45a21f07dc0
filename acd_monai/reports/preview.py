"""``preview.png``: the most anomalous slices, each as it was and with the map laid over it.

Colours: inferno, which stays ordered for colour-blind readers and in grey print; the contour at the threshold is
cyan, the one hue inferno lacks, on a dark rim so that it shows on bright tissue too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from acd_monai.errors import AcdMonaiError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.colour_bar import COLOURS, draw_colour_bar
from acd_monai.reports.map_checks import check_anomaly_map, check_threshold
from acd_monai.reports.map_scale import MapScale, own_scale
from acd_monai.reports.preview_layout import BACKGROUND, CONTOUR, TEXT, PreviewLayout
from acd_monai.reports.score_curve import draw_score_curve
from acd_monai.reports.slice_ranking import choose_spread_slices
from acd_monai.reports.timeline import Timeline

__all__ = ["OrientationLetters", "write_preview"]

LARGEST_ALPHA = 0.75
LARGEST_SIDE = 1024
"""Pixels along a side that are drawn; larger pictures are thinned, the screen shows no more."""
DOTS_PER_INCH = 120
LEAST_APART = 3
"""Slices between two that are shown, where there are enough."""


class OrientationLetters(NamedTuple):
    """Patient directions at the edges of the picture, ``("R", "L", "A", "P")`` for an axial slice."""

    left: str
    right: str
    top: str
    bottom: str


def write_preview(
    path: Path | str,
    image: np.ndarray,
    anomaly_map: np.ndarray,
    slice_scores: np.ndarray,
    slice_labels: Sequence[str],
    pixel_size: tuple[float, float],
    title: str,
    threshold: float,
    *,
    notes: Sequence[str] = (),
    alert: str | None = None,
    count: int = 4,
    orientation_letters: tuple[str, str, str, str] | None = None,
    chosen: Sequence[int] | None = None,
    timeline: Timeline | None = None,
) -> None:
    """Draw the preview as PNG; colours run from 0 to 1, or as :func:`~acd_monai.reports.map_scale.own_scale` says.

    Args:
        path: File to write, ending in ``.png``.
        image: ``(C, R, W, K)`` in [0, 1], one grey or three colour channels, rows downwards, columns to the right.
        anomaly_map: ``(R, W, K)`` in [0, 1].
        slice_scores: ``(K,)`` in [0, 1], NaN where a slice was not scored.
        slice_labels: ``K`` short texts, ``"slice 17"``.
        pixel_size: Distance between rows, between columns; millimetres, or ``(1, 1)`` for a frame.
        title: One line at the top.
        threshold: Where the contour runs, in [0, 1].
        notes: Lines in small print at the bottom.
        alert: What must not be overlooked, in a frame under the title.
        count: Most slices to show, at least 1.
        orientation_letters: Left, right, top, bottom; none for a frame.
        chosen: Slices to show, in this order; by default high-scoring ones that do not all show the same finding.
        timeline: Of a video, drawn instead of the curve of slice scores.

    Raises:
        AcdMonaiError: Image, map, scores and labels do not belong together, or the file cannot be written.
        ConfigError: The threshold is out of range.
    """
    _check(image, anomaly_map, slice_scores, slice_labels, pixel_size)
    check_threshold(threshold)
    slices = anomaly_map.shape[2]
    # In a study of thin slices three apart still look alike.
    if chosen is None:
        chosen = choose_spread_slices(slice_scores, max(1, count), apart=max(LEAST_APART, slices // 16))
    scored = np.isfinite(slice_scores)
    scale = own_scale(anomaly_map[..., scored])
    notes = [*notes, scale.note] if scale.note else notes
    height, width = anomaly_map.shape[0] * pixel_size[0], anomaly_map.shape[1] * pixel_size[1]
    layout = PreviewLayout.plan(len(chosen), slices, height / width, notes, alert)
    figure = Figure(figsize=(layout.width, layout.height), dpi=DOTS_PER_INCH, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    layout.write(figure, title, notes, alert)

    step = -(-max(anomaly_map.shape[:2]) // LARGEST_SIDE)
    aspect = pixel_size[0] / pixel_size[1]
    for column, index in enumerate(chosen):
        picture = np.clip(np.moveaxis(image[:, ::step, ::step, index], 0, -1), 0.0, 1.0)
        values = anomaly_map[::step, ::step, index]
        places = [(0, column), (1, column)] if slices > 1 else [(0, 0), (0, 1)]
        plain, overlay = (figure.add_axes(layout.panel(row, at)) for row, at in places)
        for axes in (plain, overlay):
            _show(axes, picture, aspect)
            if orientation_letters is not None:
                _letter(axes, OrientationLetters(*orientation_letters))
        _overlay(overlay, values, threshold, scale if scored[index] else MapScale(), aspect)
        score = float(slice_scores[index])
        said = (
            f"{slice_labels[index]}   score {score:.2f}"
            if np.isfinite(score)
            else f"{slice_labels[index]}   not scored"
        )
        plain.set_title(said, color=TEXT, fontsize=10.5, pad=6, parse_math=False)
        if slices == 1:
            overlay.set_title("anomaly map", color=TEXT, fontsize=10.5, pad=6)
    bar = draw_colour_bar(figure, layout.colour_bar(), scale, size=10)
    if scale.low <= threshold <= scale.high:
        bar.axhline(threshold, color=CONTOUR, linewidth=2.0)
    if slices > 1:
        axes = figure.add_axes(layout.curve())
        if timeline is not None:
            timeline.draw(axes, threshold)
        else:
            _curve(axes, slice_scores, chosen, threshold)
    with written_whole(path) as part:
        figure.savefig(part, format="png", facecolor=BACKGROUND)


def _show(axes: Axes, picture: np.ndarray, aspect: float) -> None:
    axes.set_facecolor("black")
    shown = np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture
    axes.imshow(shown, aspect=aspect, interpolation="antialiased")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _overlay(axes: Axes, values: np.ndarray, threshold: float, scale: MapScale, aspect: float) -> None:
    """Lay the map over the image: the colour tells the score, the opacity lets normal tissue through."""
    shares = np.asarray(scale.norm(values))
    colours = COLOURS(shares)
    full_at = 1.0 if scale.enlarged else max(min(1.5 * threshold, 1.0), 0.1)
    colours[..., 3] = LARGEST_ALPHA * np.clip(shares / full_at, 0.0, 1.0) ** 1.5
    axes.imshow(colours, aspect=aspect, interpolation="antialiased")
    if min(values.shape) > 1 and values.min() < threshold <= values.max():
        contour = axes.contour(values, levels=[threshold], colors=[CONTOUR], linewidths=1.3)
        contour.set_path_effects([patheffects.withStroke(linewidth=2.6, foreground="#00000099")])


def _letter(axes: Axes, letters: OrientationLetters) -> None:
    rim = [patheffects.withStroke(linewidth=2.2, foreground="black")]
    places = {
        letters.left: (0.02, 0.5),
        letters.right: (0.98, 0.5),
        letters.top: (0.5, 0.98),
        letters.bottom: (0.5, 0.02),
    }
    for letter, (x, y) in places.items():
        axes.text(
            x,
            y,
            letter,
            transform=axes.transAxes,
            color=TEXT,
            fontsize=10,
            weight="bold",
            ha={0.02: "left", 0.98: "right"}.get(x, "center"),
            va={0.02: "bottom", 0.98: "top"}.get(y, "center"),
            path_effects=rim,
        )


def _curve(axes: Axes, scores: np.ndarray, chosen: Sequence[int], threshold: float) -> None:
    """Draw all slice scores, the shown ones marked; a gap in the line is a slice that was not scored."""
    draw_score_curve(
        axes,
        np.arange(len(scores)),
        np.asarray(scores),
        chosen,
        threshold,
        labels=("slice (dots: shown above; dashed: threshold)", "slice score"),
        marker="." if len(scores) < 8 else "",
        line_width=1.4,
    )
    axes.set_xlim(-0.5, len(scores) - 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _check(
    image: np.ndarray, anomaly_map: np.ndarray, scores: np.ndarray, labels: Sequence[str], pixel: tuple[float, float]
) -> None:
    check_anomaly_map(anomaly_map)
    slices = anomaly_map.shape[2]
    if image.ndim != 4 or image.shape[0] not in (1, 3) or image.shape[1:] != anomaly_map.shape:
        raise AcdMonaiError(
            f"preview image has shape {image.shape} and the map {anomaly_map.shape}; expected (1 or 3, R, W, K) and "
            "(R, W, K). Turn both into the same display orientation."
        )
    if np.shape(scores) != (slices,) or len(labels) != slices:
        raise AcdMonaiError(
            f"preview got scores of shape {np.shape(scores)} and {len(labels)} labels; expected one of each for "
            f"{slices} slices. Pass those of the displayed axis."
        )
    if not min(pixel) > 0.0:
        raise AcdMonaiError(f"pixel size is {pixel}; expected two positive sizes. Pass (1, 1) for a frame.")
