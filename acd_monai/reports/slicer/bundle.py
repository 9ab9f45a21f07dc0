"""``<case>.mrb``: the scene and its files as one zip, as Slicer saves and opens it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from acd_monai.reports.atomic import written_whole

__all__ = ["write_bundle"]

FOLDER = "scene"
"""Slicer looks for the scene one folder down."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The zip format's first date: the same content, the same bytes."""


def write_bundle(path: Path, scene: bytes, files: Mapping[str, Path]) -> None:
    """Write the bundle. Nothing is compressed: the volumes are already.

    Args:
        path: file to write, ending in ``.mrb``.
        scene: its MRML text, which names the files as ``files`` does.
        files: name inside the bundle and file to put there.

    Raises:
        OutputError: the file cannot be written.
    """
    with written_whole(path) as part, ZipFile(part, "w", ZIP_STORED) as archive:
        archive.writestr(ZipInfo(f"{FOLDER}/{FOLDER}.mrml", EARLIEST), scene)
        for name, file in files.items():
            entry = ZipInfo(f"{FOLDER}/{name}", EARLIEST)
            entry.file_size = file.stat().st_size  # more than 4 GiB needs another kind of entry
            with archive.open(entry, "w") as target, file.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
