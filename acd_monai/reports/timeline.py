"""``<case>_timeline.csv`` and ``.png``: the score of a video over time, with the top frames marked."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from acd_monai.reports.atomic import written_whole
from acd_monai.reports.csv_cells import number_cell
from acd_monai.reports.map_checks import check_threshold
from acd_monai.reports.palette import DARK, Palette
from acd_monai.reports.preview_layout import BACKGROUND, HIGHLIGHT, PreviewLayout
from acd_monai.reports.score_curve import draw_score_curve

__all__ = ["TIMELINE_COLUMNS", "Timeline", "clock", "write_timeline_csv", "write_timeline_plot"]

TIMELINE_COLUMNS = ("time_s", "frame_index", "score")
DOTS_PER_INCH = 120
LABEL_SHARE = 0.08
"""Share of the time axis that a label takes."""


@dataclass(frozen=True)
class Timeline:
    """Scores over time.

    Attributes:
        times: ``(frames,)`` seconds since the first frame, rising.
        indices: ``(frames,)`` frame of the file, from 0.
        scores: ``(frames,)`` in [0, 1], NaN where a frame was not scored.
        top: positions among the frames of those shown.
    """

    times: np.ndarray
    indices: np.ndarray
    scores: np.ndarray
    top: Sequence[int]

    def draw(self, axes: Axes, threshold: float, palette: Palette = DARK) -> None:
        """Draw the curve; a gap in it is a frame that was not scored."""
        draw_score_curve(
            axes,
            np.asarray(self.times),
            np.asarray(self.scores),
            self.top,
            threshold,
            labels=("time (dots: frames shown; dashed: threshold)", "frame score"),
            marker="." if len(self.times) < 120 else "",
            line_width=1.2,
            palette=palette,
        )
        margin = max(0.5, 0.01 * float(self.times[-1]))
        axes.set_xlim(-margin, float(self.times[-1]) + margin)
        axes.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 3, 6, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(seconds) if seconds >= 0 else ""))

    def labels(self) -> list[tuple[float, float, str]]:
        """Return time, score and text of the labels; top frames too close for two labels share one."""
        groups: list[list[int]] = []
        for position in sorted(position for position in self.top if np.isfinite(self.scores[position])):
            close = groups and self.times[position] - self.times[groups[-1][-1]] < LABEL_SHARE * self.times[-1]
            if close:
                groups[-1].append(position)
            else:
                groups.append([position])
        return [
            (
                float(np.mean(self.times[group])),
                float(np.max(self.scores[group])),
                " – ".join(clock(float(self.times[end])) for end in dict.fromkeys((group[0], group[-1]))),
            )
            for group in groups
        ]


def clock(seconds: float) -> str:
    """Return a time as a player shows it.

    Example:
        >>> clock(75.5), clock(3600)
        ('1:15.5', '1:00:00')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    tail = f"{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def write_timeline_csv(timeline: Timeline, path: Path | str) -> None:
    """Write one row a scored frame, columns :data:`TIMELINE_COLUMNS`; the score of a frame not scored is empty.

    Raises:
        OutputError: The file cannot be written.
    """
    with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TIMELINE_COLUMNS)
        for time, index, score in zip(timeline.times, timeline.indices, timeline.scores, strict=True):
            writer.writerow((f"{time:.3f}", int(index), number_cell(score, 6)))


def write_timeline_plot(
    timeline: Timeline,
    path: Path | str,
    title: str,
    threshold: float,
    *,
    notes: Sequence[str] = (),
    alert: str | None = None,
) -> None:
    """Draw the timeline as PNG, the top frames marked with their time.

    Args:
        timeline: Scores over time.
        path: File to write, ending in ``.png``.
        title: One line at the top.
        threshold: Where the dashed line runs, in [0, 1].
        notes: Lines in small print at the bottom.
        alert: What must not be overlooked, in a frame under the title.

    Raises:
        ConfigError: The threshold is out of range.
        OutputError: The file cannot be written.
    """
    check_threshold(threshold)
    layout = PreviewLayout.plan_curve(notes, alert)
    figure = Figure(figsize=(layout.width, layout.height), dpi=DOTS_PER_INCH, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    layout.write(figure, title, notes, alert)
    axes = figure.add_axes(layout.curve())
    timeline.draw(axes, threshold)
    for time, score, text in timeline.labels():
        axes.annotate(
            text,
            (time, score),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=HIGHLIGHT,
            fontsize=9,
        )
    with written_whole(path) as part:
        figure.savefig(part, format="png", facecolor=BACKGROUND)
