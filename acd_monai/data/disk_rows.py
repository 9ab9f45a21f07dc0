"""Rows of bytes in a folder, kept from one run to the next and safe against being killed in the middle.

A row counts as written when its flag is set, and the flag is set after the row has reached the disk.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np

from acd_monai.errors import ConfigError, OutputError

__all__ = ["DiskRows"]

_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")
SPARE_BYTES = 64 * 2**20
"""Room that is left to others when a cache is laid out."""


class DiskRows:
    """Rows of one length in ``folder / key``: ``rows.bin``, ``filled.bin`` (a byte a row) and ``rows.json``.

    A folder whose files do not have the sizes and the description expected starts anew, without a row. Processes may
    share one; pickled, it opens its files again.

    Rows are written with ``pwrite``, because writing to a memory map on a full disk kills the process; they are read
    through a map that all processes share.

    Args:
        folder: made when missing.
        key: letters, digits, ``_`` and ``-``.
        count: number of rows.
        length: bytes a row.

    Raises:
        ConfigError: the key is no plain name.
        OutputError: too little free space, or the folder cannot be written to.
    """

    def __init__(self, folder: Path, key: str, count: int, length: int) -> None:
        if not _KEY.fullmatch(key):
            raise ConfigError(f"cache key is {key!r}; wanted up to 128 letters, digits, _ or -. Change the key.")
        self.folder, self.count, self.length = folder / key, count, length
        description = json.dumps({"key": key, "count": count, "length": length})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._rows = self._open("rows.bin")
            self._flags = self._open("filled.bin")
            self._lay_out(description)
        except OSError as error:
            raise self._refusal(error) from error
        self.rows = np.memmap(self.folder / "rows.bin", np.uint8, "r", shape=(count, length))
        self.filled = np.memmap(self.folder / "filled.bin", np.uint8, "r", shape=(count,))

    def read(self, index: int) -> np.ndarray | None:
        """Return a copy of a row, None if it was not written yet."""
        return np.array(self.rows[index]) if self.filled[index] == 1 else None

    def write(self, index: int, row: np.ndarray) -> None:
        """Write a row, and set its flag when the row is on the disk.

        Raises:
            OutputError: the disk is full.
        """
        try:
            _write_at(self._rows, row.tobytes(), index * self.length)
            os.fdatasync(self._rows)
            _write_at(self._flags, b"\1", index)
        except OSError as error:
            raise self._refusal(error) from error

    def _open(self, name: str) -> int:
        return os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o666)

    def _lay_out(self, description: str) -> None:
        """Keep the rows of an earlier run if they are this cache's, else start with none."""
        note = self.folder / "rows.json"
        total = self.count * self.length
        fcntl.flock(self._flags, fcntl.LOCK_EX)  # processes that start together lay out one after the other
        try:
            state = os.fstat(self._rows)
            sizes_right = state.st_size == total and os.fstat(self._flags).st_size == self.count
            if not (sizes_right and note.is_file() and note.read_text(errors="replace") == description):
                os.ftruncate(self._flags, 0)
            missing = total - 512 * state.st_blocks
            free = shutil.disk_usage(self.folder).free
            if missing > 0 and missing + SPARE_BYTES > free:
                raise OutputError(
                    f"the image cache needs {missing / 1e9:.2f} GB more in {self.folder}, where {free / 1e9:.2f} GB "
                    "are free. Make room, choose another folder, or keep the cache in memory."
                )
            os.ftruncate(self._rows, total)
            os.ftruncate(self._flags, self.count)
            part = note.with_name(f".tmp-{os.getpid()}-{note.name}")
            part.write_text(description)
            os.replace(part, note)
        finally:
            fcntl.flock(self._flags, fcntl.LOCK_UN)

    def _refusal(self, error: OSError) -> OutputError:
        return OutputError(
            f"could not write the image cache {self.folder}: {error.strerror or error}; wanted a writable folder with "
            f"room for {self.count * self.length / 1e9:.1f} GB. Make room or choose another folder."
        )

    def __reduce__(self) -> tuple[type[DiskRows], tuple[Path, str, int, int]]:
        return DiskRows, (self.folder.parent, self.folder.name, self.count, self.length)

    def __del__(self) -> None:
        for handle in (getattr(self, "_rows", None), getattr(self, "_flags", None)):
            if handle is not None:
                os.close(handle)


def _write_at(handle: int, data: bytes, offset: int) -> None:
    """Write all of ``data``: one call may take less, as on a disk that fills up."""
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, offset)
        view, offset = view[written:], offset + written
