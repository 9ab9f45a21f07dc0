"""What tells whether a case's files are still those that were scored, without opening them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from acd_monai.data.reader import parse_locator
from acd_monai.data.walk import walk_files

__all__ = ["FileStamp", "stamp_source"]


class FileStamp(NamedTuple):
    """One file as the file system lists it.

    Attributes:
        name: relative to the folder that holds all of the case's files, so that a study can be moved as a whole.
        size: in bytes; -1 where the file cannot be listed.
        modified: time of the last change, nanoseconds; 0 where the file cannot be listed.
    """

    name: str
    size: int
    modified: int


def stamp_source(locator: str | Path | Sequence[str | Path]) -> tuple[str, list[FileStamp]]:
    """List what a locator reads.

    Args:
        locator: as for :func:`~acd_monai.data.read_volume`; of a folder, every file below it counts.

    Returns:
        Which volume and series of the files is read, and the files.
    """
    paths, volume, series = parse_locator(locator)
    files = [file for path in map(Path, paths) for file in (walk_files(path) if path.is_dir() else [path])]
    parents = [str(file.parent.resolve()) for file in files]
    root = os.path.commonpath(parents) if parents else ""
    stamps = [_stamp(file, os.path.relpath(parent, root)) for file, parent in zip(files, parents, strict=True)]
    return f"volume={volume} series={series}", stamps


def _stamp(file: Path, folder: str) -> FileStamp:
    name = Path(folder, file.name).as_posix()
    try:
        status = file.stat()
    except OSError:
        return FileStamp(name, -1, 0)
    return FileStamp(name, status.st_size, status.st_mtime_ns)
