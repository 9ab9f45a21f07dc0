"""The folder of a run, made ready: it is there, it can be written to, and nothing half-written lies in it."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from acd_monai.errors import OutputError

__all__ = ["prepare_output_folder"]

_PART = re.compile(r"\.tmp-(\d+)-.")
"""How :func:`~acd_monai.reports.written_whole` names a file that is being written."""

_LONGEST_WRITE = 3600.0
"""Seconds after which nobody writes a file any more, even where the process of its number lives."""


def prepare_output_folder(folder: str | Path) -> Path:
    """Make the folder if it is missing, try to write to it, and remove what killed runs left half-written.

    Only files in this folder are looked at, not in folders below it, and only those that carry the name of a part.
    Parts of processes that live are kept: another run may be writing its own cases here.

    Args:
        folder: where the outputs of a run go.

    Returns:
        Its absolute path.

    Raises:
        OutputError: it cannot be made or not be written to.
    """
    path = Path(folder).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the output folder {folder}: {error.strerror}; choose another") from error
    _try_to_write(path)
    for file in path.glob(".tmp-*"):
        match = _PART.match(file.name)
        if match and _is_abandoned(file, int(match.group(1))):
            with contextlib.suppress(OSError):
                file.unlink()
    return path


def _try_to_write(folder: Path) -> None:
    part = folder / f".tmp-{os.getpid()}-writable"
    try:
        try:
            part.write_bytes(b"\0")
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot write to the output folder {folder}: {error.strerror or error}; choose another or make room"
        ) from error


def _is_abandoned(part: Path, process: int) -> bool:
    try:
        if time.time() - part.stat().st_mtime > _LONGEST_WRITE:
            return True
    except OSError:
        return False
    return process == os.getpid() or not _lives(process)


def _lives(process: int) -> bool:
    if os.name == "nt":  # there os.kill would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
