"""Arrays in a folder, by key: what one run computes, the runs after it take from there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from acd_monai.errors import RunStoppedError

__all__ = ["KeptArrays"]


class KeptArrays:
    """Keeps arrays in files, each whole or not there, and gives them back exactly.

    The folder is for runs that would compute the same from the same key: a temporary one.

    Args:
        folder: made if missing.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def read(self, key: Any) -> dict[str, np.ndarray] | None:
        """Return the arrays kept under ``key``, None if there are none."""
        path = self._path(key)
        if not path.is_file():
            return None
        with np.load(path) as kept:  # without pickles
            return dict(kept)

    def write(self, key: Any, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays under ``key``, plain values whose ``repr`` tells them apart.

        Raises:
            RunStoppedError: the folder cannot be written to.
        """
        path = self._path(key)
        part = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            os.replace(part, path)
        except OSError as error:
            raise RunStoppedError(
                f"{self.folder}: cannot keep prepared images ({error.strerror}); make room there"
            ) from error

    def _path(self, key: Any) -> Path:
        return self.folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.npz"
