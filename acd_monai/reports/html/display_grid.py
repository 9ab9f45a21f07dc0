"""Which voxels of a case are put into its page: all of them, or every n-th of a large one.

Voxels are left out, never averaged: each value in the page is one of the source's own, at its own place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["DisplayGrid", "choose_grid"]

Triple = tuple[int, int, int]


class DisplayGrid(NamedTuple):
    """A grid of every ``step``-th voxel, from ``offset`` on.

    Attributes:
        step: per axis, at least 1.
        offset: per axis, so that what is left over is the same at both ends.
        shown: number of voxels per axis.
    """

    step: Triple
    offset: Triple
    shown: Triple

    @property
    def is_whole(self) -> bool:
        """Tell whether every voxel is shown."""
        return self.step == (1, 1, 1)

    def take(self, array: np.ndarray) -> np.ndarray:
        """Return the shown voxels of an array whose last three axes are the full grid's."""
        along = [slice(first, None, step) for first, step in zip(self.offset, self.step, strict=True)]
        return array[..., along[0], along[1], along[2]]

    def affine(self, affine: np.ndarray) -> np.ndarray:
        """Return the affine of the shown voxels, of that of the full grid."""
        change = np.diag((*map(float, self.step), 1.0))
        change[:3, 3] = self.offset
        return affine @ change


def choose_grid(shape: Sequence[int], sizes: Sequence[float], most: int, thinned: Sequence[int]) -> DisplayGrid:
    """Thin a grid until at most ``most`` voxels are left, the finest axis first.

    Args:
        shape: of the full grid.
        sizes: of a voxel along each axis, in one unit.
        most: voxels to show.
        thinned: axes along which voxels may be left out.

    Returns:
        The grid; with more than ``most`` voxels only where ``thinned`` does not allow fewer.

    Example:
        >>> choose_grid((512, 512, 300), (0.7, 0.7, 1.0), 10_000_000, (0, 1, 2)).shown
        (256, 256, 150)
    """
    step = [1, 1, 1]

    def shown() -> list[int]:
        return [-(-length // by) for length, by in zip(shape, step, strict=True)]

    while np.prod(shown(), dtype=np.int64) > most:
        possible = [axis for axis in thinned if shown()[axis] > 1]
        if not possible:
            break
        # Of axes equally fine the longer one, and then the first.
        step[min(possible, key=lambda axis: (step[axis] * sizes[axis], -shape[axis]))] += 1
    counts = shown()
    offset = [(length - 1 - (n - 1) * by) // 2 for length, n, by in zip(shape, counts, step, strict=True)]
    return DisplayGrid(_triple(step), _triple(offset), _triple(counts))


def _triple(values: Sequence[int]) -> Triple:
    return int(values[0]), int(values[1]), int(values[2])
