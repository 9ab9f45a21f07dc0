"""Bodies and noise as functions of a place, so that a volume and a single slice of it come out of the same lines.

Places are float32 ``(3, N)`` in millimetres. A body is its distance: below 0 inside, above 0 outside, in millimetres
near its surface. Noise is a sum of plane waves: known exactly everywhere, with its slope, and without a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Waves", "ellipsoid", "make_waves", "paint", "share", "smooth_union", "tube"]


class Waves(NamedTuple):
    """A random field of mean 0 and variance 1, a sum of plane waves.

    Attributes:
        vectors: float32 ``(M, 3)``, radians a millimetre.
        phases: float32 ``(M, 1)``, radians.
    """

    vectors: np.ndarray
    phases: np.ndarray

    def at(self, places: np.ndarray) -> np.ndarray:
        """Return the field, ``(N,)``."""
        return np.cos(self.vectors @ places + self.phases).sum(axis=0) * self._scale

    def with_slope(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the field ``(N,)`` and its slope ``(3, N)``, a millimetre."""
        angle = self.vectors @ places + self.phases
        return np.cos(angle).sum(axis=0) * self._scale, self.vectors.T @ np.sin(angle) * -self._scale

    def shifts(self, places: np.ndarray) -> np.ndarray:
        """Return three fields for the price of one, ``(3, N)``: each wave pushes along a direction of its own."""
        push = np.roll(self.vectors, 1, axis=0)
        push = push / np.linalg.norm(push, axis=1, keepdims=True)
        return push.T @ np.cos(self.vectors @ places + self.phases) * (self._scale * np.float32(np.sqrt(3)))

    @property
    def _scale(self) -> np.float32:
        return np.float32(np.sqrt(2 / len(self.vectors)))


def make_waves(rng: np.random.Generator, length: float, count: int = 16, spread: float = 0.3) -> Waves:
    """Draw a field whose waves are about ``length`` millimetres long.

    Args:
        rng: draws directions, lengths and phases.
        length: of a wave, crest to crest, millimetres.
        count: of waves; more look less regular.
        spread: of the lengths' logarithm to either side.
    """
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = length * np.exp(rng.uniform(-spread, spread, (count, 1)))
    vectors = 2 * np.pi * directions / lengths
    return Waves(vectors.astype(np.float32), rng.uniform(0, 2 * np.pi, (count, 1)).astype(np.float32))


def ellipsoid(places: np.ndarray, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Return the distance to an ellipsoid, to first order, ``(N,)`` millimetres."""
    size = np.array(radii, dtype=np.float32)[:, None]
    scaled = (places - np.array(centre, dtype=np.float32)[:, None]) / size
    near = np.sqrt(np.einsum("in,in->n", scaled, scaled))
    scaled /= size
    steep = np.sqrt(np.einsum("in,in->n", scaled, scaled))
    return near * (near - 1) / np.maximum(steep, np.float32(1e-6))


def tube(
    places: np.ndarray, start: Sequence[float], end: Sequence[float], start_radius: float, end_radius: float
) -> np.ndarray:
    """Return the distance to a straight tube with round ends that widens or narrows evenly, ``(N,)`` millimetres."""
    axis = np.array(end, dtype=np.float32) - np.array(start, dtype=np.float32)
    away = places - np.array(start, dtype=np.float32)[:, None]
    along = np.clip(axis @ away / np.float32(axis @ axis), 0, 1)
    away -= axis[:, None] * along
    radius = np.float32(start_radius) + np.float32(end_radius - start_radius) * along
    return np.sqrt(np.einsum("in,in->n", away, away)) - radius


def smooth_union(first: np.ndarray, second: np.ndarray, width: float) -> np.ndarray:
    """Join two bodies with a fillet about ``width`` millimetres wide."""
    near = np.maximum(width - np.abs(first - second), 0) / np.float32(width)
    return np.minimum(first, second) - near * near * np.float32(width / 4)


def share(distance: np.ndarray, softness: float) -> np.ndarray:
    """Return how much of a voxel lies inside: 1 deep inside, 0 far outside, 0.5 on the surface."""
    return np.clip(np.float32(0.5) - distance / np.float32(softness), 0, 1)


def paint(values: np.ndarray, tone: np.ndarray | float, part: np.ndarray) -> None:
    """Replace the share ``part`` of every value by ``tone``, in place."""
    values += part * (np.asarray(tone, dtype=np.float32) - values)
