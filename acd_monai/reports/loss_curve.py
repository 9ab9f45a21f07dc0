"""``loss_curve.png``: each step faintly, the mean of each epoch on top."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from acd_monai.reports.atomic import written_whole
from acd_monai.reports.preview_layout import BACKGROUND, CONTOUR, HIGHLIGHT, QUIET, TEXT

__all__ = ["write_loss_curve"]

_PARTS = (("loss", TEXT), ("image loss", HIGHLIGHT), ("pixel loss", CONTOUR))


def write_loss_curve(rows: Sequence[Sequence[float]], path: Path | str) -> None:
    """Draw the losses over the steps.

    Args:
        rows: step, epoch, loss, image loss, pixel loss; the epoch of the last row is complete.
        path: file to write, ending in ``.png``.

    Raises:
        OutputError: the file cannot be written.
    """
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 5)
    steps, epochs = table[:, 0], table[:, 1]
    figure = Figure(figsize=(9, 4.5), dpi=120, facecolor=BACKGROUND, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=BACKGROUND)
    for (name, colour), values in zip(_PARTS, table[:, 2:].T, strict=True):
        ends = [steps[epochs == epoch].max() for epoch in np.unique(epochs)]
        means = [values[epochs == epoch].mean() for epoch in np.unique(epochs)]
        axes.plot(steps, values, color=colour, alpha=0.25, linewidth=0.7)
        axes.plot(ends, means, color=colour, linewidth=1.6, marker=".", label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("step (dots: means of epochs)", color=QUIET, fontsize=9)
    axes.set_ylabel("loss", color=QUIET, fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(colors=QUIET, labelsize=8.5, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#4a525c")
    axes.legend(frameon=False, labelcolor=TEXT, fontsize=9)
    with written_whole(path) as part:
        figure.savefig(part, format="png", facecolor=BACKGROUND)
