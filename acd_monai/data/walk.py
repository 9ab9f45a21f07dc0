"""Every file below a folder, once, in natural order; links that lead in a circle end there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from acd_monai.data.natural import natural_key

__all__ = ["HIDDEN_NAMES", "walk_files"]

HIDDEN_NAMES = {"desktop.ini", "thumbs.db", "__macosx"}
"""System files that are skipped as hidden ones are (lower case)."""


def walk_files(folder: Path) -> Iterator[Path]:
    """Yield the regular files below a folder.

    Args:
        folder: where to start; links to folders are followed, each folder is visited once.

    Yields:
        Files in natural order, a folder's own files before those of its sub-folders; hidden files and folders
        (``.name``, ``desktop.ini``, ``Thumbs.db``, ``__MACOSX``) are skipped.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = current.stat()
            entries = sorted(os.scandir(current), key=lambda entry: natural_key(entry.name))
        except OSError:  # a folder that cannot be listed holds nothing that could be read
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        visible = [e for e in entries if not e.name.startswith(".") and e.name.lower() not in HIDDEN_NAMES]
        yield from (current / entry.name for entry in visible if _is_file(entry))
        waiting += [current / entry.name for entry in reversed(visible) if _is_folder(entry)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
