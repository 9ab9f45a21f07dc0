"""A loader that reads the next case while the present one is scored."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from monai.data import DataLoader

__all__ = ["ReadAheadLoader"]

_END = object()


class ReadAheadLoader(DataLoader):
    """MONAI's DataLoader, one batch ahead in a thread of its own.

    Never more than one: a study may be a gigabyte. (MONAI's ``ThreadDataLoader`` holds one in its buffer and another
    in its thread's hand, and ends the epoch without a word when reading raises. Worker processes pass volumes through
    shared memory, of which containers have little.) Order and values are those of DataLoader; what reading raises is
    raised here.

    Args:
        dataset, kwargs: as for ``monai.data.DataLoader``.

    Example:
        >>> from monai.data import Dataset
        >>> [int(item) for item in ReadAheadLoader(Dataset([3, 1, 2]), batch_size=1)]
        [3, 1, 2]
    """

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # torch names its own iterator class
        """Iterate over the batches, each read while the one before is in use."""
        batches = super().__iter__()
        with ThreadPoolExecutor(1, "read-ahead") as reader:
            ahead = reader.submit(next, batches, _END)
            while (batch := ahead.result()) is not _END:
                ahead = reader.submit(next, batches, _END)
                yield batch
                del batch
