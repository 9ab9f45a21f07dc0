"""From which to which score a map's colours run, and the words that say so.

Most maps are shown from 0 to 1. Some methods' maps never come near either end: CLIP-AD's differ by a thousandth around
one half, and only these differences tell anything. They are enlarged, and it is said how much, as a flat map becomes
noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from matplotlib.colors import Normalize

__all__ = ["MapScale", "own_scale", "robust_scale", "scale_of_slices"]

_PERCENTILES = (0.5, 99.9)
"""A few odd pixels do not decide; at the upper end fewer, as what is looked for is small."""

NARROW = 0.1
"""Width below which it is said how much the differences are enlarged."""

_LEAST_WIDTH = 1e-4
"""Differences below that are not enlarged further: they are near the rounding of the numbers."""


class MapScale(NamedTuple):
    """Scores at both ends of the colours; what lies beyond has the colour of the end.

    Attributes:
        low, high: the scores.
        flat: whether the maps' values lie closer together than that.
    """

    low: float = 0.0
    high: float = 1.0
    flat: bool = False

    @property
    def norm(self) -> Normalize:
        """For matplotlib."""
        return Normalize(self.low, self.high, clip=True)

    @property
    def digits(self) -> int:
        """How many digits behind the point tell scores apart."""
        return max(2, 1 - math.floor(math.log10(self.high - self.low)))

    @property
    def ends(self) -> str:
        """Both ends in words."""
        return f"{self.low:.{self.digits}f} to {self.high:.{self.digits}f}"

    @property
    def enlarged(self) -> str:
        """``"×700"`` where differences are enlarged, with what that means of a flat map; else empty."""
        if self.high - self.low >= NARROW:
            return ""
        times = 1 / (self.high - self.low)
        return f"×{round(times, 1 - math.floor(math.log10(times))):.0f}{', flat' if self.flat else ''}"

    @property
    def note(self) -> str:
        """What a reader of one enlarged map has to know; else empty."""
        if not self.enlarged:
            return ""
        flat = "The map is flat: what is seen is noise." if self.flat else "The brightest need not be abnormal."
        return f"Colours run from {self.ends}, not from 0 to 1: differences are enlarged {self.enlarged}. {flat}"


def robust_scale(maps: Iterable[np.ndarray]) -> MapScale:
    """Return one scale for several maps: all but a few of their finite values lie in it."""
    values = np.concatenate([np.empty(0), *(one[np.isfinite(one)].ravel() for one in maps)])
    if not values.size:
        return MapScale()
    low, high = (float(end) for end in np.percentile(values, _PERCENTILES))
    if high - low >= _LEAST_WIDTH:
        return MapScale(low, high)
    middle = (low + high) / 2
    return MapScale(middle - _LEAST_WIDTH / 2, middle + _LEAST_WIDTH / 2, flat=True)


def own_scale(anomaly_map: np.ndarray) -> MapScale:
    """Return 0 to 1 for a map by itself; for one that is narrow and nowhere near 0, the scale of its differences.

    A narrow map near 0 is a normal one, and stays dark. NaN counts for nothing.
    """
    return scale_of_slices(anomaly_map.reshape(-1, 1, 1), np.zeros(1))


def scale_of_slices(anomaly_map: np.ndarray, scores: np.ndarray) -> MapScale:
    """Return :func:`own_scale` of the slices that were scored; the others are 0 and would say nothing.

    Args:
        anomaly_map: ``(R, W, K)`` in [0, 1].
        scores: ``(K,)``, NaN where a slice was not scored.
    """
    scored = np.isfinite(scores)
    # Slice by slice: picking the scored ones first would copy a large volume.
    lows, highs = (end.reduce(anomaly_map, axis=(0, 1), initial=np.nan)[scored] for end in (np.fmin, np.fmax))
    if not np.isfinite(lows).any() or np.nanmin(lows) < NARROW or np.nanmax(highs) - np.nanmin(lows) >= NARROW:
        return MapScale()
    return robust_scale([anomaly_map[..., scored]])
