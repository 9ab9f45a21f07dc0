"""One look for all pictures of an evaluation: that of the previews, in colours that colour-blind readers tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from acd_monai.reports.atomic import written_whole
from acd_monai.reports.csv_cells import one_line
from acd_monai.reports.preview_layout import BACKGROUND, QUIET, TEXT, PreviewLayout

__all__ = [
    "ABNORMAL",
    "NORMAL",
    "colour_of",
    "dashes_of",
    "new_picture",
    "save_picture",
    "set_plain",
    "shorten",
    "style_axes",
]

NORMAL, ABNORMAL = "#6f9bff", "#ffb000"

COLOURS = ("#ffb000", "#56b4e9", "#f2f4f7", "#cc79a7", "#2fc08f", "#e8622c", "#8f7dff")
"""After Okabe and Ito, lightened for the dark ground; they repeat with other dashes."""
Dashes = Literal["solid"] | tuple[float, tuple[float, ...]]
DASHES: tuple[Dashes, ...] = ("solid", (0, (5, 2)), (0, (1, 1.3)), (0, (6, 1.5, 1, 1.5)))
DOTS_PER_INCH = 120


def new_picture(
    title: str, width: float, height: float, notes: Sequence[str], mark: str | None
) -> tuple[Figure, PreviewLayout]:
    """Return a figure with title, notes and mark around a body of ``width`` and ``height`` inches."""
    layout = PreviewLayout.plan_body(width, height, notes, mark)
    figure = Figure(figsize=(layout.width, layout.height), dpi=DOTS_PER_INCH, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    layout.write(figure, one_line(title), notes, mark)
    return figure, layout


def save_picture(figure: Figure, path: Path | str) -> None:
    """Write the figure as PNG.

    Raises:
        OutputError: The file cannot be written.
    """
    with written_whole(path) as part:
        figure.savefig(part, format="png", facecolor=BACKGROUND)


def style_axes(axes: Axes, title: str, x: str = "", y: str = "") -> None:
    """Give axes their colours, title and labels."""
    axes.set_facecolor(BACKGROUND)
    axes.set_title(one_line(title), color=TEXT, fontsize=10, pad=6, parse_math=False)
    axes.set_xlabel(x, color=QUIET, fontsize=9)
    axes.set_ylabel(y, color=QUIET, fontsize=9)
    axes.tick_params(colors=QUIET, labelsize=8.5, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#4a525c")


def colour_of(index: int) -> str:
    """Return the colour of the n-th line."""
    return COLOURS[index % len(COLOURS)]


def dashes_of(index: int) -> Dashes:
    """Return the dashes of the n-th line; with the colour they tell 28 lines apart."""
    return DASHES[index // len(COLOURS) % len(DASHES)]


def shorten(text: str, room: int) -> str:
    """Return a text on one line in so many characters, its middle left out where it is longer."""
    line = one_line(text)
    if len(line) <= room:
        return line
    head = (room - 1) // 2
    return f"{line[:head]}…{line[len(line) - (room - 1 - head) :]}"


def set_plain(text: Text, content: str) -> None:
    """Write a name that may hold ``$`` or begin with ``_`` as it is."""
    text.set_parse_math(False)
    text.set_text(content)
