"""The colours of anomaly maps, and the bar that says which score each stands for."""

from __future__ import annotations

import math

from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.palette import DARK, Palette

__all__ = ["COLOURS", "draw_colour_bar"]

COLOURS = colormaps["inferno"]


def draw_colour_bar(
    figure: Figure,
    place: tuple[float, float, float, float],
    scale: MapScale,
    size: float,
    threshold: float = math.nan,
    palette: Palette = DARK,
) -> None:
    """Draw the bar.

    Args:
        figure: to draw into.
        place: left, bottom, width, height, fractions of the figure.
        scale: which scores the colours stand for.
        size: of the words, points.
        threshold: marked where it lies on the bar.
        palette: of the words.
    """
    axes = figure.add_axes(place)
    bar = figure.colorbar(ScalarMappable(scale.norm, COLOURS), cax=axes)
    if scale.enlarged:  # long numbers leave no room beside them
        axes.set_title("score", color=palette.text, fontsize=size, pad=6)
    else:
        bar.set_label("anomaly score", color=palette.text, fontsize=size)
    bar.outline.set_visible(False)
    axes.ticklabel_format(useOffset=False)
    axes.tick_params(colors=palette.quiet, labelsize=size - 1, length=2)
    if scale.low <= threshold <= scale.high:
        axes.axhline(threshold, color=palette.contour, linewidth=2.0)
