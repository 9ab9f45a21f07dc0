"""The random fields and colours that synthetic textures are woven from.

Lengths are in units of which a picture is :data:`SPAN` wide, so that a texture looks alike at every size.
"""

from __future__ import annotations

import colorsys
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.smooth_fields import node_weights

__all__ = [
    "SPAN",
    "Plane",
    "blend",
    "bounding_box",
    "everywhere",
    "fraction",
    "odd",
    "pick_colours",
    "pixel_grid",
    "place_plane",
    "smooth_noise",
    "smooth_step",
    "streaks",
    "wavy",
]

SPAN = 256.0
"""Width and height of every picture, in units of length."""

_NODES_PER_WIDTH = 1.25
_NARROW = 2.0
"""Standard deviation in pixels up to which a filter is faster than a lattice."""


class Plane(NamedTuple):
    """Coordinates of every pixel on a plane that was turned and moved.

    Attributes:
        u, v: float32 ``(size, size)``, units of length.
    """

    u: np.ndarray
    v: np.ndarray


def place_plane(rng: np.random.Generator, size: int, wobble: float = 0.0, turn: float = np.pi) -> Plane:
    """Turn the picture's coordinates by up to ``turn`` (radians) to either side, move them, and bend them a little.

    Args:
        rng: draws angle, place and bends.
        size: of the picture, pixels.
        wobble: standard deviation of the bends, units of length.
        turn: largest angle.
    """
    y, x = pixel_grid(size)
    angle = rng.uniform(-turn, turn)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    move = rng.uniform(0, 1000, 2).astype(np.float32)
    u, v = cos * x + sin * y + move[0], cos * y - sin * x + move[1]
    if wobble > 0:
        u = u + np.float32(wobble) * smooth_noise(rng, size, 45.0)
        v = v + np.float32(wobble) * smooth_noise(rng, size, 45.0)
    return Plane(u, v)


def pixel_grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return y ``(size, 1)`` and x ``(1, size)`` of the pixels' centres, units of length."""
    line = ((np.arange(size) + 0.5) * (SPAN / size)).astype(np.float32)
    return line[:, None], line[None, :]


def everywhere(size: int) -> np.ndarray:
    """Return a mask that holds the whole picture, bool ``(size, size)``."""
    return np.ones((size, size), dtype=bool)


def smooth_noise(rng: np.random.Generator, size: int, width: float) -> np.ndarray:
    """Return Gaussian noise of mean 0 and variance 1, smooth over ``width``.

    Args:
        rng: draws the numbers.
        size: of the picture, pixels.
        width: standard deviation of the Gaussian that smooths, units of length.

    Returns:
        float32 ``(size, size)``.
    """
    sigma = width * size / SPAN
    if sigma < _NARROW:
        noise = rng.standard_normal((size, size), dtype=np.float32)
        smooth = ndimage.gaussian_filter(noise, sigma, mode="wrap", truncate=2.5)
        return smooth / smooth.std()
    # Random numbers at the nodes of a coarse lattice, interpolated by Gaussians: two small matrix products.
    weights = node_weights(size, sigma, _NODES_PER_WIDTH, before=3, after=4)
    nodes = rng.standard_normal((weights.shape[1],) * 2, dtype=np.float32)
    return weights @ nodes @ weights.T


def streaks(rng: np.random.Generator, plane: Plane, along: float, across: float) -> np.ndarray:
    """Return noise of mean 0 and variance about 1, drawn out along ``u``.

    Args:
        rng: draws the numbers.
        plane: where the streaks run.
        along: length of a streak, units of length.
        across: its width.
    """
    table = rng.standard_normal((64, 512), dtype=np.float32)
    place = np.stack([plane.u / np.float32(along), plane.v / np.float32(across)])
    return 1.5 * ndimage.map_coordinates(table, place, order=1, mode="grid-wrap", prefilter=False)


def fraction(value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split into whole cells and the place in the cell: int32, and float32 in [-0.5, 0.5)."""
    whole = np.floor(value)
    return whole.astype(np.int32), value - whole - np.float32(0.5)


def bounding_box(mask: np.ndarray, margin: int) -> tuple[slice, slice] | None:
    """Return rows and columns of what is True, with a margin in pixels around it; None where nothing is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    low = max(0, int(rows[0]) - margin), max(0, int(columns[0]) - margin)
    high = np.minimum((int(rows[-1]) + margin + 1, int(columns[-1]) + margin + 1), mask.shape)
    return slice(low[0], int(high[0])), slice(low[1], int(high[1]))


def odd(cell: np.ndarray) -> np.ndarray:
    """Return 1 in cells of odd number and 0 in even ones, float32."""
    return (cell & 1).astype(np.float32)


def smooth_step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise from 0 at ``low`` to 1 at ``high`` without a corner."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blend(first: np.ndarray, second: np.ndarray, share: np.ndarray | np.floating) -> np.ndarray:
    """Mix colours ``(3, 1, 1)`` or ``(3, H, W)`` by the second one's share, ``(H, W)`` or one for all."""
    return first + share * (second - first)


def pick_colours(rng: np.random.Generator, count: int, hue: float | None = None) -> np.ndarray:
    """Return colours as materials have them: mostly muted, and apart from each other in brightness.

    Args:
        rng: draws them.
        count: how many.
        hue: of the first, in [0, 1]; any when None.

    Returns:
        float32 ``(count, 3, 1, 1)`` in [0, 1].
    """
    hue = rng.uniform() if hue is None else hue
    levels = rng.permutation(np.linspace(0.27, 0.9, count + 1))[:count] + rng.uniform(-0.08, 0.08, count)
    vivid = rng.uniform() < 0.2
    colours = []
    for index, level in enumerate(levels):
        tone = hue if index == 0 else (hue + rng.choice((rng.normal(0.0, 0.05), rng.uniform()))) % 1.0
        saturation = rng.uniform(0.3, 0.8) if vivid else rng.uniform(0.0, 0.32)
        colours.append(colorsys.hsv_to_rgb(tone % 1.0, saturation, float(np.clip(level, 0.12, 0.95))))
    return np.array(colours, dtype=np.float32)[..., None, None]


def wavy(rng: np.random.Generator, angle: np.ndarray, most: float, harmonics: int = 5) -> np.ndarray:
    """Return 1 and a little more or less by turns around the circle: the radius of a rounded, irregular outline.

    Args:
        rng: draws the waves.
        angle: radians.
        most: about the largest departure from 1.
        harmonics: waves round the circle, from 1 to this.
    """
    radius = np.ones_like(angle)
    for order in range(1, harmonics + 1):
        amount = most * rng.normal(0.0, 0.6) / order**0.8
        radius += np.float32(amount) * np.cos(np.float32(order) * angle + np.float32(rng.uniform(0, 2 * np.pi)))
    return np.maximum(radius, np.float32(0.35))
