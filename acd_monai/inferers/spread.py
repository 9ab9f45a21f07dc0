"""Which of many scored slices or frames to take when neighbours show the same finding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["choose_spread_slices", "rank_scores"]


def rank_scores(scores: Sequence[float] | np.ndarray) -> list[int]:
    """Return the positions of all finite scores, highest first; among equal ones the first comes first."""
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(-values, kind="stable")  # NaN last
    return [int(index) for index in order if np.isfinite(values[index])]


def choose_spread_slices(scores: Sequence[float] | np.ndarray, count: int, apart: int = 3) -> tuple[int, ...]:
    """Choose high-scoring slices that do not all show the same finding.

    Takes the best slice, then the next best at least ``apart`` slices from all taken; when that runs out, the
    distance asked for shrinks by one. With no scored slice at all the middle one is taken.

    Args:
        scores: ``(K,)``, NaN where a slice was not scored.
        count: Most slices to choose, at least 1.
        apart: Least distance between two of them, in slices, where possible.

    Returns:
        Indices, best first among those at the full distance, then the fillers.
    """
    ranked = rank_scores(scores)
    if not ranked:
        return (len(scores) // 2,)
    chosen: list[int] = []
    for distance in range(apart, 0, -1):
        for index in ranked:
            if len(chosen) < count and all(abs(index - other) >= distance for other in chosen):
                chosen.append(index)
    return tuple(chosen)
