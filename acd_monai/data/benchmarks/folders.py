"""Looking into the folders of a data set: each is listed once, nothing is opened, names are compared as people do."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from acd_monai.data.formats import Format, format_by_name
from acd_monai.data.natural import natural_key
from acd_monai.data.walk import HIDDEN_NAMES
from acd_monai.errors import InputError

__all__ = ["PICTURES", "VOLUMES", "find_folder", "image_files", "need_folder", "sub_folders"]

PICTURES: tuple[Format, ...] = ("frame",)
VOLUMES: tuple[Format, ...] = ("nifti", "itk")


def image_files(folder: Path, kinds: tuple[Format, ...] = PICTURES) -> list[Path]:
    """Return the images in a folder, not below it, in natural order; hidden files and ``Thumbs.db`` are none.

    Raises:
        InputError: the folder cannot be listed.
    """
    # A link that leads nowhere stays in the list, so that it is named when it cannot be read.
    files = (
        folder / entry.name
        for entry in _visible(folder)
        if entry.is_file() or (entry.is_symlink() and not entry.is_dir())
    )
    return _in_order(path for path in files if format_by_name(path) in kinds)


def sub_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder in natural order, without hidden ones.

    Raises:
        InputError: the folder cannot be listed.
    """
    return _in_order(folder / entry.name for entry in _visible(folder) if entry.is_dir())


def find_folder(parent: Path, *names: str) -> Path | None:
    """Return the first of the folders ``names`` that is in ``parent``, None where none is.

    Upper and lower case are told apart only where both spellings are there.
    """
    there = {folder.name: folder for folder in reversed(sub_folders(parent))}
    folded = {name.casefold(): folder for name, folder in there.items()}
    return next((found for name in names if (found := there.get(name) or folded.get(name.casefold()))), None)


def need_folder(parent: Path, *names: str) -> Path:
    """Return the first of the folders ``names`` that is in ``parent``.

    Raises:
        InputError: none is there.
    """
    found = find_folder(parent, *names)
    if found is None:
        there = ", ".join(f"{folder.name}/" for folder in sub_folders(parent)[:8]) or "no folder"
        wanted = " or ".join(f"{name}/" for name in names)
        raise InputError(f"{parent}: {wanted} is not there, but {there}. Give the folder that the download unpacks to.")
    return found


def _visible(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [e for e in entries if not e.name.startswith(".") and e.name.lower() not in HIDDEN_NAMES]
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed ({error.strerror or error}). Check the path.") from error


def _in_order(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: natural_key(path.name))
