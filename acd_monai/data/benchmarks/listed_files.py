"""Paths that a list names: they lie below the data root, and they are there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from acd_monai.data.benchmarks.sample import named_few
from acd_monai.errors import InputError

__all__ = ["check_there", "path_below"]


def path_below(root: Path, text: str) -> Path | None:
    """Return the path that a list means by ``text``, None where it lies outside of the data root.

    Args:
        root: absolute path.
        text: relative to the root, with forward slashes; or absolute.
    """
    path = os.path.normpath(os.path.join(root, text))
    return Path(path) if path.startswith(str(root).rstrip(os.sep) + os.sep) else None


def check_there(paths: Iterable[Path], root: Path, source: str) -> None:
    """Refuse a list that names files that are not there.

    Args:
        paths: below the root.
        root: where they are looked for.
        source: the list's name, for the message.

    Raises:
        InputError: says how many are missing, and the first ones.
    """
    wanted = list(paths)
    missing = [str(path.relative_to(root)) for path in wanted if not path.exists()]
    if missing:
        raise InputError(
            f"{source}: {len(missing)} of {len(wanted)} files it names are not below {root}: {named_few(missing)}. "
            "Check the data root, or complete the download."
        )
