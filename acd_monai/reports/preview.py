"""``preview.png``: the most anomalous slices, each as it was and with the map laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from acd_monai.errors import AcdMonaiError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.colour_bar import draw_colour_bar
from acd_monai.reports.map_checks import check_anomaly_map, check_threshold
from acd_monai.reports.map_scale import MapScale, scale_of_slices
from acd_monai.reports.overlay import OrientationLetters, lay_map, show_picture, write_letters
from acd_monai.reports.preview_layout import BACKGROUND, TEXT, PreviewLayout
from acd_monai.reports.score_curve import draw_slice_curve
from acd_monai.reports.slice_ranking import choose_spread_slices
from acd_monai.reports.timeline import Timeline

__all__ = ["write_preview"]

LARGEST_SIDE = 1024
"""Pixels along a side that are drawn; larger pictures are thinned, the screen shows no more."""
DOTS_PER_INCH = 120
LEAST_APART = 3
"""Slices between two that are shown, where there are enough."""


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
    scale = scale_of_slices(anomaly_map, slice_scores)
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
            show_picture(axes, picture, aspect)
            if orientation_letters is not None:
                write_letters(axes, OrientationLetters(*orientation_letters))
        lay_map(overlay, values, threshold, aspect, scale if np.isfinite(slice_scores[index]) else MapScale())
        score = float(slice_scores[index])
        said = (
            f"{slice_labels[index]}   score {score:.2f}"
            if np.isfinite(score)
            else f"{slice_labels[index]}   not scored"
        )
        plain.set_title(said, color=TEXT, fontsize=10.5, pad=6, parse_math=False)
        if slices == 1:
            overlay.set_title("anomaly map", color=TEXT, fontsize=10.5, pad=6)
    draw_colour_bar(figure, layout.colour_bar(), scale, 10, threshold)
    if slices > 1:
        axes = figure.add_axes(layout.curve())
        if timeline is not None:
            timeline.draw(axes, threshold)
        else:
            draw_slice_curve(axes, slice_scores, chosen, threshold)
    with written_whole(path) as part:
        figure.savefig(part, format="png", facecolor=BACKGROUND)


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
