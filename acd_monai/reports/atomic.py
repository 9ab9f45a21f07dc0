"""An output appears whole or not at all: written beside its place under a hidden name, then renamed."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from acd_monai.errors import OutputError

__all__ = ["save_whole", "written_whole"]


@contextmanager
def written_whole(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` if the block succeeds, remove it if not.

    The temporary file lies in the same folder, because a rename is atomic only within one file system, and keeps the
    suffixes, because writers choose the format by them. A folder that is missing is made. An older file under
    ``path`` stays untouched until the rename.

    Example:
        >>> with written_whole(Path("out/map.nii.gz")) as part:  # doctest: +SKIP
        ...     nibabel.save(image, part)

    Args:
        path: Where the finished file goes.

    Yields:
        ``<folder>/.tmp-<process id>-<name>``.

    Raises:
        OutputError: The operating system refused to write (no permission, disk full, name too long, …). Any other
            exception of the block passes through unchanged.
    """
    path = Path(path)
    part = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except OSError as error:
        raise OutputError(
            f"could not write {path}: {error.strerror or error}; expected a writable folder with free space. "
            "Choose another output folder or make room."
        ) from error
    finally:
        with suppress(OSError):  # the error that brought us here says more
            part.unlink(missing_ok=True)


def save_whole(content: Mapping[str, Any], path: Path | str) -> None:
    """Write tensors and plain values as ``torch.save`` does, whole or not at all.

    By way of memory: writing to a full disk, ``torch.save`` says everything but that the disk is full.

    Raises:
        OutputError: as :func:`written_whole`.
    """
    buffer = io.BytesIO()
    torch.save(dict(content), buffer)
    with written_whole(path) as part:
        part.write_bytes(buffer.getbuffer())
