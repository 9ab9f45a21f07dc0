"""Slices of phantoms as pictures: grey values as the bundles make them, and planes through a body."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from acd_monai.errors import ConfigError

__all__ = [
    "PLANES",
    "SlicePicture",
    "check_picture",
    "draw_slice_middle",
    "equalise",
    "picture_layer",
    "plane_turn",
    "scale_mr_slice",
    "window_ct_slice",
]

LIVER_LEVEL, LIVER_WIDTH = 40.0, 400.0
"""The window that the liver bundle looks through, Hounsfield units."""

MIN_SIZE = 64

_TURNS = {
    "axial": np.eye(3),
    "coronal": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    "sagittal": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
}
PLANES = tuple(_TURNS)


class SlicePicture(NamedTuple):
    """A slice and where its lesions are.

    Attributes:
        image: uint8 ``(H, W)``; the patient's right is left, the front or the top is up, the front is left in
            sagittal slices.
        mask: bool ``(H, W)``, the lesions; all False without.
        organ: bool ``(H, W)``, the brain's tissue, or the liver.
        plane: one of :data:`PLANES`.
        protocol: the MR contrast or the CT phase.
    """

    image: np.ndarray
    mask: np.ndarray
    organ: np.ndarray
    plane: str
    protocol: str


def check_picture(seed: int, size: int, plane: str | None = None) -> None:
    """Refuse a picture that cannot be made.

    Raises:
        ConfigError: a negative seed, a size below 64, or an unknown plane.
    """
    if seed < 0 or size < MIN_SIZE:
        raise ConfigError(f"slice has seed {seed} and {size} pixels; wanted a seed from 0 and {MIN_SIZE} pixels.")
    if plane is not None and plane not in PLANES:
        raise ConfigError(f"slice plane is {plane!r}; wanted one of {', '.join(PLANES)}, or None to draw one.")


def plane_turn(plane: str) -> np.ndarray:
    """Return the rotation ``(3, 3)`` that makes axial columns, rows and slices those of ``plane``."""
    return _TURNS[plane]


def draw_slice_middle(
    rng: np.random.Generator,
    turn: np.ndarray,
    middle: np.ndarray,
    wander_mm: float,
    levels: tuple[float, float],
    aim: Callable[[], tuple[np.ndarray, float, float]] | None,
) -> np.ndarray:
    """Return where the middle of a slice lies in the scanner, RAS+ millimetres ``(3,)``.

    Args:
        rng: of the draws.
        turn: ``(3, 3)``, the slices' directions.
        middle: of the body, RAS+ millimetres ``(3,)``.
        wander_mm: how far the slice's middle may lie from the body's, in its plane.
        levels: along the normal, from the middle; used without an aim.
        aim: draws a place, RAS+ millimetres ``(3,)``, a radius, and how many of it the slice may lie beside the place.
    """
    normal = turn[:, 2]
    aside = middle + turn[:, :2] @ rng.uniform(-wander_mm, wander_mm, 2)
    if aim is None:
        # Coronal slices count from the front backwards: the range is turned with the normal.
        return aside + rng.uniform(*levels) * (-1.0 if normal[1] < -0.5 else 1.0) * normal
    place, radius, off = aim()
    place = place + rng.uniform(-off, off) * radius * normal
    return aside + ((place - middle) @ normal) * normal


def picture_layer(flat: np.ndarray, size: int) -> np.ndarray:
    """Return one value a pixel, ``(size · size,)`` columns first, as a picture ``(size, size)``."""
    return np.ascontiguousarray(flat.reshape(size, size).T)


def scale_mr_slice(values: np.ndarray, lower: float = 0.5, upper: float = 99.5) -> np.ndarray:
    """Map MR intensities to uint8 as the brain bundle does, by percentiles of the image and of its foreground."""
    low, cap = np.percentile(values, (lower, 99.0), method="nearest")
    foreground = values[values > np.minimum(values, cap).mean()]
    high = np.percentile(foreground, upper, method="nearest") if foreground.size else low
    return _to_bytes((values - low) / (high - low)) if high > low else np.zeros(values.shape, dtype=np.uint8)


def window_ct_slice(hounsfield: np.ndarray, level: float = LIVER_LEVEL, width: float = LIVER_WIDTH) -> np.ndarray:
    """Map Hounsfield units to uint8 through a window, the liver bundle's by default."""
    return _to_bytes((hounsfield - np.float32(level - width / 2)) / np.float32(width))


def equalise(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Spread the grey values of ``image``, uint8, half-way to an even share of all; but for ``where`` all become 0."""
    counts = np.bincount(image[where], minlength=256).cumsum()
    table = 255 * counts / max(int(counts[-1]), 1)
    half = (0.5 * table + 0.5 * np.arange(256)).astype(np.uint8)
    return np.where(where, half[image], np.uint8(0))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return (np.clip(values, 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
