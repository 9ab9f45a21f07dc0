"""Which slices to look at first.

A slice that was not scored (background only, say) has the score NaN: it is never ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from acd_monai.inferers.spread import choose_spread_slices, rank_scores

__all__ = ["TopSlice", "choose_spread_slices", "find_top_slices", "rank_scores"]


@dataclass(frozen=True)
class TopSlice:
    """One of the most anomalous slices.

    Attributes:
        index: Counted along the source axis of the source array, from 0.
        score: Slice score in [0, 1].
        position_mm: Centre of the slice, RAS+ millimetres.
    """

    index: int
    score: float
    position_mm: tuple[float, float, float]


def find_top_slices(
    scores: Sequence[float] | np.ndarray, source_axis: int, shape: Sequence[int], affine: np.ndarray, count: int = 5
) -> tuple[TopSlice, ...]:
    """Return the slices with the highest scores, highest first.

    Args:
        scores: ``(shape[source_axis],)``, in [0, 1], NaN where a slice was not scored.
        source_axis: Axis of the source array that the slices are counted along, 0 to 2.
        shape: ``(I, J, K)`` of the source array.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.
        count: Most slices to return.

    Returns:
        At most ``count`` slices; fewer when fewer were scored.
    """
    affine = np.asarray(affine, dtype=np.float64)
    found = []
    for index in rank_scores(scores)[:count]:
        centre = (np.asarray(shape[:3], dtype=np.float64) - 1.0) / 2.0
        centre[source_axis] = index
        x, y, z = affine[:3, :3] @ centre + affine[:3, 3]
        found.append(TopSlice(int(index), float(np.asarray(scores)[index]), (float(x), float(y), float(z))))
    return tuple(found)
