"""Colours of pictures: dark for a screen, light for paper. Every pair keeps apart for colour-blind readers."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DARK", "FINDING_COLOURS", "LIGHT", "Palette"]


class Palette(NamedTuple):
    """Colours by what they are for, as hexadecimal RGB."""

    background: str
    text: str
    quiet: str
    highlight: str
    contour: str


DARK = Palette("#111418", "#f2f4f7", "#a3acb8", "#ffb000", "#35e0ff")
LIGHT = Palette("#ffffff", "#14181d", "#56606c", "#c25e00", "#0072b2")

FINDING_COLOURS = (
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
    (230, 159, 0),
)
"""8-bit RGB of findings one after the other, then again from the first: Okabe and Ito's, which colour-blind readers can
tell apart, those first that stand out from the map's inferno."""
