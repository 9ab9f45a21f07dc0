"""Unevenly spaced slices onto an even grid, linearly along the slice axis and never beyond the first and the last."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.errors import GeometryError

__all__ = ["MAX_GROWTH", "SliceResampling", "even_slices", "resample_slices"]

MAX_GROWTH = 4
"""An even grid of more than this many times the stored slices would be mostly made up, and is refused."""

_ON_A_SLICE = 1e-6
"""A fraction this near 0 or 1 is rounding: the slice lies on a stored one."""

_USUAL_PART = 0.1
"""A gap is a usual one when at least this part of all gaps, and at least two, are like it."""


class SliceResampling(NamedTuple):
    """Where each slice of the even grid lies among the stored ones.

    Attributes:
        lower: ``(slices,)``, index of the stored slice at or below.
        fraction: ``(slices,)`` in [0, 1], how far on to the next stored slice.
        gap: mm between slices of the even grid, along their normal.
        stored_gaps: the smallest and the largest gap between stored slices, mm.
        stored: number of stored slices.
    """

    lower: np.ndarray
    fraction: np.ndarray
    gap: float
    stored_gaps: tuple[float, float]
    stored: int

    @property
    def slices(self) -> int:
        """Return the number of slices of the even grid."""
        return len(self.lower)

    def describe(self) -> str:
        """Return one line for the summary: from what to what."""
        low, high = self.stored_gaps
        return (
            f"resampled along the slice axis: {self.stored} slices with gaps of {low:.2f} to {high:.2f} mm became "
            f"{self.slices} slices every {self.gap:.3f} mm (linear); image and map are on this even grid"
        )


def even_slices(along: np.ndarray, tolerance: float, name: str) -> SliceResampling:
    """Lay an even grid from the first stored slice to the last.

    Its gap is the one nearest to the smallest usual gap that divides the whole length evenly, so both ends are kept
    and nothing is extrapolated. A gap is usual when at least two gaps, and a tenth of all, are like it; where none is,
    the median stands in.

    Args:
        along: ``(slices,)``, increasing positions along the normal in mm, two or more.
        tolerance: gaps are alike when they differ by at most this part.
        name: what messages call the volume.

    Returns:
        The grid.

    Raises:
        GeometryError: the even grid would have more than ``MAX_GROWTH`` times the stored slices.

    Example:
        >>> even_slices(np.array([0.0, 2.0, 4.0, 8.0]), 0.1, "a").slices
        5
    """
    gaps = np.diff(along)
    length = float(along[-1] - along[0])
    steps = max(1, round(length / _smallest_usual(gaps, tolerance)))
    if steps + 1 > MAX_GROWTH * len(along):
        raise GeometryError(
            f"{name}: an even grid for gaps of {gaps.min():.2f} to {gaps.max():.2f} mm needs {steps + 1} slices where "
            f"{len(along)} are stored; at most {MAX_GROWTH} times as many are made up. Give its parts alone."
        )
    wanted = along[0] + np.linspace(0.0, length, steps + 1)
    lower = np.clip(np.searchsorted(along, wanted, side="right") - 1, 0, len(along) - 2)
    fraction = np.clip((wanted - along[lower]) / gaps[lower], 0.0, 1.0)
    fraction = np.where(np.abs(fraction - np.rint(fraction)) < _ON_A_SLICE, np.rint(fraction), fraction)
    return SliceResampling(lower, fraction, length / steps, (float(gaps.min()), float(gaps.max())), len(along))


def resample_slices(slices: np.ndarray, resampling: SliceResampling) -> np.ndarray:
    """Interpolate linearly between neighbouring slices.

    Args:
        slices: float32, stored slices along the last axis.
        resampling: from :func:`even_slices`.

    Returns:
        float32, ``resampling.slices`` along the last axis; a slice that lies on a stored one is that one, to the bit.
    """
    result = np.empty((*slices.shape[:-1], resampling.slices), dtype=np.float32)
    for k, (lower, fraction) in enumerate(zip(resampling.lower, resampling.fraction, strict=True)):
        below, above = slices[..., lower], slices[..., lower + 1]
        if fraction in (0.0, 1.0):
            result[..., k] = above if fraction else below
        else:
            result[..., k] = below * np.float32(1.0 - fraction) + above * np.float32(fraction)
    return result


def _smallest_usual(gaps: np.ndarray, tolerance: float) -> float:
    enough = max(2.0, _USUAL_PART * len(gaps))
    for gap in np.sort(gaps):
        if np.count_nonzero(np.abs(gaps - gap) <= tolerance * gap) >= enough:
            return float(gap)
    return float(np.median(gaps))
