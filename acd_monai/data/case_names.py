"""Names for cases: safe as file names on every system, and unique within a run."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["CaseNames", "safe_name"]

_UNSAFE = re.compile(r"[^\w.-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_MAX_LENGTH = 100
_MAX_BYTES = 180  # of the 255 that file systems allow for a name with all that is put around it


def safe_name(name: str) -> str:
    """Make a name safe as a file name.

    Args:
        name: any text.

    Returns:
        Letters (of any script), digits, ``.``, ``_`` and ``-`` only, at most 100 of them in at most 180 bytes, not
        hidden; ``"case"`` when nothing is left.

    Example:
        >>> safe_name("knee (left) 2")
        'knee_left_2'
    """
    safe = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip("._-")[:_MAX_LENGTH]
    safe = safe.encode()[:_MAX_BYTES].decode(errors="ignore").rstrip("._-")
    if _RESERVED.match(safe):
        safe = f"case_{safe}"
    return safe or "case"


class CaseNames:
    """Hands out names, each once (also on file systems that do not tell upper from lower case)."""

    def __init__(self) -> None:
        """Start with no name taken."""
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        """Return the name made safe, with ``_2``, ``_3``, … behind it when it is taken already."""
        safe = safe_name(name)
        unique, number = safe, 1
        while unique.casefold() in self._taken:
            number += 1
            unique = f"{safe}_{number}"
        self._taken.add(unique.casefold())
        return unique
