"""The curve of scores over slices or over time, drawn the same in every picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from acd_monai.reports.preview_layout import BACKGROUND, CONTOUR, HIGHLIGHT, QUIET, TEXT

__all__ = ["draw_score_curve"]


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
    """
    axes.set_facecolor(BACKGROUND)
    axes.fill_between(positions, scores, color=QUIET, alpha=0.18, linewidth=0)
    axes.plot(positions, scores, color=TEXT, linewidth=line_width, marker=marker)
    axes.axhline(threshold, color=CONTOUR, linewidth=1.0, linestyle=(0, (4, 3)))
    marked = [index for index in shown if np.isfinite(scores[index])]
    axes.plot(positions[marked], scores[marked], "o", color=HIGHLIGHT, markersize=6.5, clip_on=False, zorder=3)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.set_xlabel(labels[0], color=QUIET, fontsize=9)
    axes.set_ylabel(labels[1], color=QUIET, fontsize=9)
    axes.tick_params(colors=QUIET, labelsize=8.5, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#4a525c")
