"""Rows gathered image by image in a few large arrays.

A small array an image would be simpler, but thousands of them, lying between the large passing ones, keep the memory
of those from being used again: it grew by megabytes an image.
"""

from __future__ import annotations

import torch
from torch import Tensor

from acd_monai.metrics.processes import gather_over_processes

__all__ = ["GrowingTable"]

_FIRST_ROWS = 2**16


class GrowingTable:
    """Columns of equal length, in arrays that double when full.

    Args:
        dtypes: One a column.
        device: Where the columns are kept.
    """

    def __init__(self, *dtypes: torch.dtype, device: torch.device | str = "cpu") -> None:
        self._lengths: list[int] = []
        self._rows = 0
        self._arrays = [torch.empty(_FIRST_ROWS, dtype=dtype, device=device) for dtype in dtypes]

    def append(self, *columns: Tensor) -> None:
        """Add the rows of one image: as many tensors as there are columns, each ``(rows,)``."""
        end = self._rows + len(columns[0])
        if end > len(self._arrays[0]):
            self._arrays = [_enlarged(array, self._rows, 2 * end) for array in self._arrays]
        for array, column in zip(self._arrays, columns, strict=True):
            array[self._rows : end] = column
        self._lengths.append(len(columns[0]))
        self._rows = end

    def columns(self) -> list[Tensor]:
        """Return each column, all images after one another."""
        return [array[: self._rows] for array in self._arrays]

    def images(self) -> Tensor:
        """Return the number of each row's image, in the order they were added, int32."""
        lengths = torch.tensor(self._lengths, dtype=torch.int64)
        return torch.arange(len(lengths), dtype=torch.int32).repeat_interleave(lengths)

    def all_gather(self) -> GrowingTable:
        """Return the rows of all processes. Every process must call."""
        total = GrowingTable()
        total._lengths = gather_over_processes(torch.tensor(self._lengths, dtype=torch.int64)).tolist()
        total._arrays = [gather_over_processes(column) for column in self.columns()]
        total._rows = len(total._arrays[0])
        return total


def _enlarged(array: Tensor, rows: int, size: int) -> Tensor:
    larger = array.new_empty(size)
    larger[:rows] = array[:rows]
    return larger
