"""Letters that matplotlib's own font lacks, as Chinese ones: drawn with a font of the machine, else spelled out."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from matplotlib import get_data_path
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font

__all__ = ["Legible", "legible", "write_text"]


class Legible(NamedTuple):
    """What to draw, and with what.

    Attributes:
        text: as given, but a letter that no font has as its escape, ``u4e2d`` behind a backslash.
        families: font families, to be tried letter by letter.
    """

    text: str
    families: list[str]


def legible(text: str, weight: str = "normal") -> Legible:
    """Choose fonts in which a text can be read; a letter without a glyph would be an empty box, and a warning.

    Only fonts of the machine in TrueType files of one font are used, which a PDF can hold.

    Args:
        text: one or more lines.
        weight: ``"normal"`` or ``"bold"``.

    Example:
        >>> legible("Kopf, größer").text
        'Kopf, größer'
    """
    own = FontProperties(weight=weight)
    families = [*own.get_family()]
    missing = {*text} - {"\n"} - _letters(findfont(own))
    for family in _families() if missing else ():
        found = missing & _letters(_file_of(family, weight))
        if found:
            families.append(family)
            missing -= found
    return Legible("".join(_spelled(letter) if letter in missing else letter for letter in text), families)


def write_text(figure: Figure, x: float, y: float, text: str, weight: str = "normal", **style: Any) -> None:
    """Write a text into a figure as it is, no mathematics, in fonts in which it can be read.

    Args:
        figure: to write into.
        x: place, as a fraction of the figure's width.
        y: as one of its height.
        text: one or more lines.
        weight: ``"normal"`` or ``"bold"``.
        style: of :meth:`matplotlib.figure.Figure.text`.
    """
    text, families = legible(text, weight)
    figure.text(x, y, text, weight=weight, fontfamily=families, parse_math=False, **style)


@cache
def _families() -> list[str]:
    """Return what is installed beside matplotlib's own, the plainest first."""
    names = {font.name for font in fontManager.ttflist if _is_usable(font.fname)}
    return sorted(names, key=lambda name: (not name.startswith("Noto Sans"), name))


def _is_usable(file: str) -> bool:
    return file.lower().endswith(".ttf") and not file.startswith(get_data_path())


@cache
def _file_of(family: str, weight: str) -> str:
    """Return the file that matplotlib will take for a family, empty if that is not usable."""
    file = str(findfont(FontProperties(family=[family], weight=weight)))
    return file if _is_usable(file) else ""


@cache
def _letters(file: str) -> frozenset[str]:
    """Return what a font has glyphs for."""
    return frozenset(map(chr, FT2Font(file).get_charmap())) if file else frozenset()


def _spelled(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode()
