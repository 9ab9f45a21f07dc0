"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from acd_monai.errors import OutputError

__all__ = ["refuse_existing", "save_picture", "whole_folder"]


def refuse_existing(target: Path) -> None:
    """Refuse to write where something is.

    Raises:
        OutputError: ``target`` is there already.
    """
    if target.exists():
        raise OutputError(f"{target} is there already and stays as it is. Choose another folder, or remove it.")


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a folder to write into, which becomes ``target`` when all went well and is removed otherwise.

    Raises:
        OutputError: ``target`` is there already, or cannot be written.
    """
    refuse_existing(target)
    part = target.parent / f".tmp-{os.getpid()}-{target.name}"
    try:
        part.mkdir(parents=True)
        yield part
        os.rename(part, target)
    except OSError as error:
        raise OutputError(
            f"could not write {target}: {error.strerror or error}; wanted a writable folder with free space. "
            "Choose another folder or make room."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def save_picture(picture: np.ndarray, path: Path) -> None:
    """Write a picture, uint8 grey or colour, or a mask, bool as 0 and 255; the folders above are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture.astype(np.uint8) * 255 if picture.dtype == bool else picture).save(path)
