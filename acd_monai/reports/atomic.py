"""An output appears whole or not at all: written beside its place under a hidden name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from acd_monai.errors import OutputError

__all__ = ["written_whole"]


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
