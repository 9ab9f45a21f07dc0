"""Where the parts of the preview go, and its words: title, alert, notes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from acd_monai.reports.legible import legible, write_text
from acd_monai.reports.palette import DARK

__all__ = ["BACKGROUND", "CONTOUR", "HIGHLIGHT", "QUIET", "TEXT", "PreviewLayout"]

BACKGROUND, TEXT, QUIET, HIGHLIGHT, CONTOUR = DARK

PANEL_WIDTH = 3.1
LEFT, RIGHT, GAP = 0.4, 1.0, 0.12
"""Inches."""

Box = tuple[float, float, float, float]
"""Left, bottom, width, height as fractions of the figure."""


class PreviewLayout(NamedTuple):
    """Where everything goes, in inches from the bottom left; matplotlib's own layouts are slower and less exact."""

    width: float
    height: float
    columns: int
    rows: int
    panel_height: float
    header: float
    curve_height: float
    footer: float
    characters: int

    @classmethod
    def plan(cls, chosen: int, slices: int, tallness: float, notes: Sequence[str], alert: str | None) -> PreviewLayout:
        """Fit the figure to its content.

        Args:
            chosen: Slices shown.
            slices: Slices in the map; one is drawn side by side and without a curve.
            tallness: Height of a slice over its width, physical.
            notes: Small print.
            alert: Framed text, or None.
        """
        columns, rows = (max(chosen, 1), 2) if slices > 1 else (2, 1)
        # One or two columns are drawn wider: the title and the alert need the room.
        panel_width = PANEL_WIDTH if columns > 2 else 1.45 * PANEL_WIDTH
        panel_height = panel_width * float(np.clip(tallness, 0.3, 1.8))
        width = LEFT + columns * panel_width + (columns - 1) * GAP + RIGHT
        characters, header, footer = _margins(width, notes, alert)
        curve_height = 1.45 if slices > 1 else 0.0
        height = header + rows * panel_height + (rows - 1) * GAP + curve_height + footer
        return cls(width, height, columns, rows, panel_height, header, curve_height, footer, characters)

    @classmethod
    def plan_curve(cls, notes: Sequence[str], alert: str | None, width: float = 12.0) -> PreviewLayout:
        """Fit the figure to one wide curve with title, alert and notes as in the preview."""
        like = cls.plan(int((width - LEFT - RIGHT) // PANEL_WIDTH), 2, 1.0, notes, alert)
        curve_height = 3.0
        height = like.header + curve_height + like.footer
        return like._replace(rows=0, panel_height=0.0, curve_height=curve_height, height=height)

    @classmethod
    def plan_body(cls, width: float, height: float, notes: Sequence[str], alert: str | None) -> PreviewLayout:
        """Fit the figure around a body of that size, which the caller divides with :meth:`body`."""
        characters, header, footer = _margins(width, notes, alert)
        return cls(width, header + height + footer, 1, 1, height, header, 0.0, footer, characters)

    def body(self, left: float, top: float, width: float, height: float) -> Box:
        """Return a box of the body, ``left`` and ``top`` counted from the body's top left corner."""
        return self._fraction(left, self.height - self.header - top - height, width, height)

    def panel(self, row: int, column: int) -> Box:
        """Return the box of a picture, rows counted from the top."""
        width = (self.width - LEFT - RIGHT - (self.columns - 1) * GAP) / self.columns
        bottom = self.height - self.header - (row + 1) * self.panel_height - row * GAP
        return self._fraction(LEFT + column * (width + GAP), bottom, width, self.panel_height)

    def colour_bar(self) -> Box:
        """Return the box of the colour bar, right of the last row."""
        bottom = self.height - self.header - self.rows * self.panel_height - (self.rows - 1) * GAP
        return self._fraction(self.width - RIGHT + 0.18, bottom, 0.16, self.panel_height)

    def curve(self) -> Box:
        """Return the box of the slice-score curve."""
        width = self.width - LEFT - RIGHT - 0.25
        return self._fraction(LEFT + 0.25, self.footer + 0.44, width, self.curve_height - 0.68)

    def write(self, figure: Figure, title: str, notes: Sequence[str], alert: str | None) -> None:
        """Write title, alert and notes into the figure."""
        left = LEFT / self.width
        room = int(self.width * 7.5)
        title = legible(title, "bold").text
        short = title if len(title) <= room else title[: room - 2] + " …"
        write_text(figure, left, 1 - 0.2 / self.height, short, color=TEXT, fontsize=15, weight="bold", va="top")
        if alert:
            write_text(
                figure,
                left + 0.1 / self.width,
                1 - 0.68 / self.height,
                "\n".join(textwrap.wrap(alert, int(self.width * 9.5))),
                color=BACKGROUND,
                fontsize=11.5,
                weight="bold",
                va="top",
                linespacing=1.25,
                bbox={"facecolor": HIGHLIGHT, "edgecolor": HIGHLIGHT, "boxstyle": "square,pad=0.45"},
            )
        lines = [line for note in notes for line in textwrap.wrap(note, self.characters)]
        write_text(figure, left, 0.12 / self.height, "\n".join(lines), color=QUIET, fontsize=8.5, va="bottom")

    def _fraction(self, left: float, bottom: float, width: float, height: float) -> Box:
        return left / self.width, bottom / self.height, width / self.width, height / self.height


def _margins(width: float, notes: Sequence[str], alert: str | None) -> tuple[int, float, float]:
    """Return the characters of a note's line, and the heights of header and footer."""
    characters = int(width * 13)
    note_lines = sum(len(textwrap.wrap(note, characters)) for note in notes)
    alert_lines = len(textwrap.wrap(alert, int(width * 9.5))) if alert else 0
    return characters, 0.92 + (0.30 + 0.21 * alert_lines if alert else 0.0), 0.22 + 0.17 * note_lines
