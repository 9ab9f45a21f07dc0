"""Decoded, resized images kept as bytes, so that no JPEG is decoded twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
from tqdm import tqdm

from acd_monai.data.disk_rows import DiskRows
from acd_monai.data.source_stamp import stamp_source
from acd_monai.errors import AcdMonaiError, ConfigError, InputError, OutputError, find_cause

__all__ = ["CachedSample", "ImageCache", "make_cache_key"]

CACHE_MODES = ("memory", "disk", "none")
FILL_THREADS = 4
FAILURES_NAMED = 5
"""How many bad files an error names: enough to see what is wrong, few enough for one line."""


class CachedSample(NamedTuple):
    """An image and its mask, the caller's own copies.

    Attributes:
        image: uint8 ``(3, S, S)``, red, green, blue.
        mask: uint8 ``(1, S, S)`` of 0 and 1.
    """

    image: np.ndarray
    mask: np.ndarray


class _Rows(Protocol):
    """Where samples are kept, as rows of bytes: the image, then the mask."""

    def read(self, index: int) -> np.ndarray | None: ...
    def write(self, index: int, row: np.ndarray) -> None: ...


class _MemoryRows:
    """Rows in one array; the operating system gives a page when it is first written to."""

    def __init__(self, count: int, length: int) -> None:
        try:
            self.rows = np.zeros((count, length), dtype=np.uint8)
        except MemoryError as error:
            raise ConfigError(
                f"the image cache needs {count * length / 1e9:.1f} GB of memory, more than there is. Use cache mode "
                "'disk' or 'none'."
            ) from error
        self.filled = np.zeros(count, dtype=bool)

    def read(self, index: int) -> np.ndarray | None:
        return self.rows[index].copy() if self.filled[index] else None

    def write(self, index: int, row: np.ndarray) -> None:
        self.rows[index] = row
        self.filled[index] = True


class _NoRows:
    """Nothing is kept."""

    def read(self, index: int) -> np.ndarray | None:
        return None

    def write(self, index: int, row: np.ndarray) -> None:
        pass


class ImageCache:
    """A sequence of samples, each decoded at most once per run, or once for all runs.

    Safe to read from several threads; on disk also from several processes, whose cache one process should have filled.

    Args:
        samples_count: how many there are.
        loader: decodes and resizes one, given its index; called from several threads while filling.
        size: S, the images' edge length in pixels.
        mode: ``memory`` (4·S² bytes a sample), ``disk`` (as many in ``folder``, used again by the next run) or
            ``none``.
        folder: where caches lie on disk; this one lies in ``folder / key``.
        key: names what is cached, see :func:`make_cache_key`. A cache of the same key is trusted.
        name_of: what a sample is called in messages, given its index; its file, as a rule.

    Raises:
        ConfigError: an unknown mode, no samples, no folder or key for ``disk``, or far too little memory.
        OutputError: the disk has no room for the cache, or the folder cannot be written to.

    Example:
        >>> black = CachedSample(np.zeros((3, 4, 4), np.uint8), np.zeros((1, 4, 4), np.uint8))
        >>> cache = ImageCache(2, lambda index: black, size=4)
        >>> cache.fill(progress=False)
        >>> cache[1].image.shape
        (3, 4, 4)
    """

    def __init__(
        self,
        samples_count: int,
        loader: Callable[[int], CachedSample],
        size: int,
        mode: Literal["memory", "disk", "none"] = "memory",
        folder: Path | str | None = None,
        key: str = "",
        *,
        name_of: Callable[[int], str] = "sample {}".format,
    ) -> None:
        if mode not in CACHE_MODES:
            raise ConfigError(f"cache mode is {mode!r}; wanted one of {', '.join(CACHE_MODES)}. Change the mode.")
        if samples_count < 1 or size < 1:
            raise ConfigError(f"the cache is for {samples_count} samples of {size} pixels; wanted at least 1 of each.")
        self.samples_count, self.size = samples_count, size
        self.loader, self.name_of = loader, name_of
        self._rows: _Rows
        if mode == "memory":
            self._rows = _MemoryRows(samples_count, 4 * size * size)
        elif mode == "none":
            self._rows = _NoRows()
        elif folder is None:
            raise ConfigError("cache mode is 'disk' without a folder; name a folder with free space, or use 'memory'.")
        else:
            self._rows = DiskRows(Path(folder), key, samples_count, 4 * size * size)

    def __len__(self) -> int:
        return self.samples_count

    def __getitem__(self, index: int) -> CachedSample:
        """Return a sample, loaded now if it is not kept yet.

        Raises:
            IndexError: there is no such sample.
            InputError: the loader gave something else than two pictures of bytes.
            OutputError: the disk is full.
        """
        if not 0 <= index < self.samples_count:
            raise IndexError(f"sample {index} of {self.samples_count}")
        row = self._rows.read(index)
        if row is None:
            row = self._load(index)
            self._rows.write(index, row)
        image, mask = np.split(row.reshape(4, self.size, self.size), [3])
        return CachedSample(image, mask)

    def fill(self, progress: bool = True) -> None:
        """Load every sample, so that a bad file is named before training starts; what is kept already is not read.

        Without a cache too: there the samples are read and forgotten.

        Args:
            progress: show a bar on a terminal.

        Raises:
            InputError: files that cannot be loaded, the first of them by name and reason.
            OutputError: the disk is full.
        """
        failures: list[str] = []
        bar = tqdm(
            total=self.samples_count, desc="images", unit="image", leave=False, disable=None if progress else True
        )
        with bar, ThreadPoolExecutor(FILL_THREADS, "image-cache") as threads:
            for failure in threads.map(self._try, range(self.samples_count)):
                bar.update()
                if failure is not None:
                    failures.append(failure)
        if failures:
            named = "; ".join(failures[:FAILURES_NAMED])
            rest = len(failures) - FAILURES_NAMED
            raise InputError(
                f"{len(failures)} of {self.samples_count} images cannot be used: {named}"
                f"{f'; and {rest} more' if rest > 0 else ''}. Mend or remove them, then run again."
            )

    def _try(self, index: int) -> str | None:
        """Return what is wrong with a sample, None if nothing is."""
        try:
            self[index]
        except OutputError:  # no fault of the file, and the next one would meet it too
            raise
        except AcdMonaiError as error:
            return str(error).rstrip(".")
        return None

    def _load(self, index: int) -> np.ndarray:
        name, expected = self.name_of(index), (self.size, self.size)
        try:
            image, mask = self.loader(index)
        except Exception as error:  # decoders raise whatever they like on a damaged file
            reason = " ".join(f"{find_cause(error) or error}".split()) or type(error).__name__
            raise InputError(reason if name in reason else f"{name}: {reason}") from error
        if image.shape != (3, *expected) or mask.shape != (1, *expected):
            raise InputError(
                f"{name}: image and mask are {image.shape} and {mask.shape}; wanted (3, S, S) and (1, S, S) with "
                f"S = {self.size}. Check the loader."
            )
        if image.dtype != np.uint8 or mask.dtype != np.uint8 or mask.max(initial=0) > 1:
            raise InputError(
                f"{name}: image and mask are {image.dtype} and {mask.dtype} up to {mask.max(initial=0)}; wanted uint8, "
                "and 0 and 1 in the mask. Check the loader."
            )
        return np.concatenate([image, mask]).reshape(-1)


def make_cache_key(files: Sequence[Path | str], settings: str) -> str:
    """Return a name for what is decoded from ``files``: it changes when a file or a setting does.

    Args:
        files: all that is read, in order. A file counts by its name, size and time of change.
        settings: the images' size, the transforms before the cache, and whatever else changes the bytes.
    """
    _, stamps = stamp_source(files)
    return hashlib.sha256(repr((settings, stamps)).encode()).hexdigest()[:32]
