"""How texts and numbers are written into the cells of every CSV file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

__all__ = ["number_cell", "one_line", "text_cell", "to_csv"]

_BEGINS_A_FORMULA = ("=", "+", "-", "@")


def one_line(text: str) -> str:
    """Return a text with runs of white space as one space, and what UTF-8 cannot hold as escapes."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


def text_cell(text: str) -> str:
    """Return a text as one line that a spreadsheet does not take for a formula: then it begins with ``'``."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_BEGINS_A_FORMULA) else line


def number_cell(value: float | None, decimals: int) -> str:
    """Return a number with so many decimals; undefined is empty."""
    return f"{value:.{decimals}f}" if value is not None and math.isfinite(value) else ""


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as the text of a CSV file with Unix line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
