"""The colours of anomaly maps, and the bar that says which score each stands for."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.preview_layout import QUIET, TEXT

__all__ = ["COLOURS", "draw_colour_bar"]

COLOURS = colormaps["inferno"]


def draw_colour_bar(figure: Figure, place: tuple[float, float, float, float], scale: MapScale, size: float) -> Axes:
    """Draw the bar, ``place`` as fractions of the figure, ``size`` that of its words in points."""
    axes = figure.add_axes(place)
    bar = figure.colorbar(ScalarMappable(scale.norm, COLOURS), cax=axes)
    if scale.enlarged:  # long numbers leave no room beside them
        axes.set_title("score", color=TEXT, fontsize=size, pad=6)
    else:
        bar.set_label("anomaly score", color=TEXT, fontsize=size)
    bar.outline.set_visible(False)
    axes.ticklabel_format(useOffset=False)
    axes.tick_params(colors=QUIET, labelsize=size - 1, length=2)
    return axes
