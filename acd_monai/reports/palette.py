"""Colours of pictures: dark for a screen, light for paper. Every pair keeps apart for colour-blind readers."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DARK", "LIGHT", "Palette"]


class Palette(NamedTuple):
    """Colours by what they are for, as hexadecimal RGB."""

    background: str
    text: str
    quiet: str
    highlight: str
    contour: str


DARK = Palette("#111418", "#f2f4f7", "#a3acb8", "#ffb000", "#35e0ff")
LIGHT = Palette("#ffffff", "#14181d", "#56606c", "#c25e00", "#0072b2")
