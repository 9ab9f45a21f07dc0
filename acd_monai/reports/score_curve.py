"""The curve of scores over slices or over time, drawn the same in every picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from acd_monai.reports.palette import DARK, Palette

__all__ = ["draw_score_curve", "draw_slice_curve"]


def draw_score_curve(
    axes: Axes,
    positions: np.ndarray,
    scores: np.ndarray,
    shown: Sequence[int],
    threshold: float,
    *,
    labels: tuple[str, str],
    marker: str,
    line_width: float,
    palette: Palette = DARK,
) -> None:
    """Draw all scores, those shown as pictures marked; a gap in the line was not scored.

    Args:
        axes: where to draw.
        positions: ``(K,)`` slice numbers or seconds.
        scores: ``(K,)`` in [0, 1], NaN where not scored.
        shown: indices of the marked ones.
        threshold: in [0, 1].
        labels: of the horizontal and the vertical axis.
        marker: of every point, empty for none.
        line_width: in points.
        palette: colours.
    """
    axes.set_facecolor(palette.background)
    axes.fill_between(positions, scores, color=palette.quiet, alpha=0.18, linewidth=0)
    axes.plot(positions, scores, color=palette.text, linewidth=line_width, marker=marker)
    axes.axhline(threshold, color=palette.contour, linewidth=1.0, linestyle=(0, (4, 3)))
    marked = [index for index in shown if np.isfinite(scores[index])]
    axes.plot(positions[marked], scores[marked], "o", color=palette.highlight, markersize=6.5, clip_on=False, zorder=3)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.set_xlabel(labels[0], color=palette.quiet, fontsize=9)
    axes.set_ylabel(labels[1], color=palette.quiet, fontsize=9)
    axes.tick_params(colors=palette.quiet, labelsize=8.5, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(palette.quiet)


def draw_slice_curve(
    axes: Axes, scores: np.ndarray, shown: Sequence[int], threshold: float, palette: Palette = DARK
) -> None:
    """Draw the scores of all slices of a volume; arguments as for :func:`draw_score_curve`."""
    draw_score_curve(
        axes,
        np.arange(len(scores)),
        np.asarray(scores),
        shown,
        threshold,
        labels=("slice (dots: shown above; dashed: threshold)", "slice score"),
        marker="." if len(scores) < 8 else "",
        line_width=1.4,
        palette=palette,
    )
    axes.set_xlim(-0.5, len(scores) - 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
