"""A slice with the map laid over it, drawn the same in every picture.

Colours: inferno, which stays ordered for colour-blind readers and in grey print; the contour at the threshold is
cyan, the one hue inferno lacks, on a dark rim so that it shows on bright tissue too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes

from acd_monai.reports.colour_bar import COLOURS
from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.palette import DARK

__all__ = ["OrientationLetters", "colour", "lay_map", "show_picture", "write_letters"]

LARGEST_ALPHA = 0.75


class OrientationLetters(NamedTuple):
    """Patient directions at the edges of the picture, ``("R", "L", "A", "P")`` for an axial slice."""

    left: str
    right: str
    top: str
    bottom: str


def show_picture(axes: Axes, picture: np.ndarray, aspect: float) -> None:
    """Show a picture ``(R, W, 1 or 3)`` in [0, 1], whose rows are ``aspect`` times as far apart as its columns."""
    axes.set_facecolor("black")
    shown = np.repeat(picture, 3, axis=-1) if picture.shape[-1] == 1 else picture
    axes.imshow(shown, aspect=aspect, interpolation="antialiased")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def colour(values: np.ndarray, threshold: float, scale: MapScale | None = None) -> np.ndarray:
    """Return the colours ``(..., 4)`` in [0, 1] of scores: the colour tells the score, the opacity shows what is high.

    Args:
        values: ``(...)`` in [0, 1].
        threshold: in [0, 1].
        scale: which scores the colours run over; from 0 to 1 by default.
    """
    scale = scale or MapScale()
    shares = np.asarray(scale.norm(values))
    colours = COLOURS(shares)
    full_at = 1.0 if scale.enlarged else max(min(1.5 * threshold, 1.0), 0.1)
    colours[..., 3] = LARGEST_ALPHA * np.clip(shares / full_at, 0.0, 1.0) ** 1.5
    return colours


def lay_map(axes: Axes, values: np.ndarray, threshold: float, aspect: float, scale: MapScale | None = None) -> None:
    """Lay the map over the image in the colours of :func:`colour`, with a contour at the threshold."""
    axes.imshow(colour(values, threshold, scale), aspect=aspect, interpolation="antialiased")
    if min(values.shape) > 1 and values.min() < threshold <= values.max():
        contour = axes.contour(values, levels=[threshold], colors=[DARK.contour], linewidths=1.3)
        contour.set_path_effects([patheffects.withStroke(linewidth=2.6, foreground="#00000099")])


def write_letters(axes: Axes, letters: OrientationLetters) -> None:
    """Write the patient directions at the edges."""
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
            color=DARK.text,
            fontsize=10,
            weight="bold",
            ha={0.02: "left", 0.98: "right"}.get(x, "center"),
            va={0.02: "bottom", 0.98: "top"}.get(y, "center"),
            path_effects=rim,
        )
