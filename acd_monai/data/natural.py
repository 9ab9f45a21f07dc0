"""The order in which people sort file names: slice2 before slice10."""

from __future__ import annotations

import re

__all__ = ["natural_key"]

_DIGITS = re.compile(r"(\d+)")


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that compares runs of digits as numbers and text without regard to case.

    Example:
        >>> sorted(["s10", "s2", "S1"], key=natural_key)
        ['S1', 's2', 's10']
    """
    parts = _DIGITS.split(name)
    key = tuple((0, int(p), "") if p.isdecimal() else (1, 0, p.casefold()) for p in parts if p)
    return (*key, (2, 0, name))
