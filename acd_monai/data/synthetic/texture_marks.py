"""Where a defect lies on a surface, and the outlines that defects are made of: blob, shard and line."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.texture_fields import pixel_grid, smooth_noise, smooth_step
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["Spot", "blob", "choose_spot", "draw_line", "pick_contrast", "shard"]


class Spot(NamedTuple):
    """Where a defect lies.

    Attributes:
        dx, dy: float32 ``(H, W)``, from the spot, turned at random, units of length.
        colour: float32 ``(3, 1, 1)``, of the surface around the spot.
    """

    dx: np.ndarray
    dy: np.ndarray
    colour: np.ndarray


def choose_spot(rng: np.random.Generator, surface: Surface) -> Spot:
    """Choose a place on the thing, not at the picture's very border."""
    size = surface.height.shape[0]
    margin = size // 10
    free = np.flatnonzero(surface.inside[margin : size - margin, margin : size - margin])
    row, column = (int(one) + margin for one in divmod(int(rng.choice(free)), size - 2 * margin))
    near = np.s_[
        :, max(0, row - margin // 2) : row + margin // 2 + 1, max(0, column - margin // 2) : column + margin // 2 + 1
    ]
    y, x = pixel_grid(size)
    dy, dx = y - y[row], x - x[0, column]
    angle = rng.uniform(-np.pi, np.pi)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    colour = surface.colour[near].mean((1, 2), keepdims=True)
    return Spot(cos * dx + sin * dy, cos * dy - sin * dx, colour)


def pick_contrast(rng: np.random.Generator, colour: np.ndarray, strength: float) -> np.ndarray:
    """Return a colour apart from ``colour``: darker on what is bright, mostly, and brighter on what is dark."""
    amount = min(1.0, rng.uniform(0.4, 0.75) * strength)
    brightness = float(colour.mean())
    tint = rng.normal(0.0, 0.04, (3, 1, 1)).astype(np.float32)
    if rng.uniform() < np.clip(2.2 * brightness - 0.35, 0.0, 0.85):
        return np.clip(colour * np.float32(1 - amount) + tint, 0, 1)
    return np.clip(colour + np.float32(amount) * (1 - colour) + tint, 0, 1)


def blob(rng: np.random.Generator, spot: Spot, radius: float, ragged: float) -> np.ndarray:
    """Return the distance from the spot: 1 on the outline of a blob, 0 in its middle."""
    stretch = np.float32(rng.uniform(1.0, 1.9))
    far = np.hypot(spot.dx / stretch, spot.dy) / np.float32(radius)
    wave = smooth_noise(rng, far.shape[0], radius * 0.45)
    return far * (1 + np.float32(ragged) * np.clip(wave, -2, 2))


def shard(rng: np.random.Generator, spot: Spot, radius: float) -> np.ndarray:
    """Return about the distance to the outline of a ragged polygon, negative inside, units of length."""
    sides = rng.integers(4, 8)
    turns = (np.arange(sides) + rng.uniform(-0.3, 0.3, sides)) * (2 * np.pi / sides)
    reach = radius * rng.uniform(0.6, 1.15, sides)
    outline = np.full_like(spot.dx, -np.inf)
    for turn, away in zip(turns, reach, strict=True):
        side = np.float32(np.cos(turn)) * spot.dx + np.float32(np.sin(turn)) * spot.dy - np.float32(away)
        np.maximum(outline, side, out=outline)
    return outline + np.float32(0.05 * radius) * smooth_noise(rng, outline.shape[0], max(1.5, radius / 6))


def draw_line(
    rng: np.random.Generator,
    spot: Spot,
    length: float,
    width: float,
    *,
    rough: float,
    bow: float = 0.15,
    even: bool = False,
) -> np.ndarray:
    """Draw a line through the spot.

    Args:
        rng: draws its course.
        spot: the line's middle; it runs along ``dx``.
        length: units of length.
        width: units of length, in its middle.
        rough: standard deviation of its steps to the side, one a unit of length; smooth below 0.6.
        bow: its rise over its length, at most.
        even: as wide at its ends as in its middle.

    Returns:
        float32 ``(H, W)``, how much of a pixel it covers.
    """
    half = length / 2
    stations = np.linspace(-half, half, max(8, int(length)))
    steps = rng.normal(0.0, rough, len(stations))
    # A smooth line bends slowly; a rough one is straight from kink to kink.
    steps = ndimage.gaussian_filter1d(steps, 6.0) if rough < 0.6 else np.repeat(steps[::4], 4)[: len(steps)]
    course = np.cumsum(steps)
    course += rng.uniform(-bow, bow) * length * (1 - (stations / half) ** 2)
    course -= np.interp(0.0, stations, course)
    taper = np.ones_like(stations) if even else np.sqrt(np.clip(1 - (stations / half) ** 2, 0.02, 1))
    slope = np.gradient(course, stations)
    place = spot.dx.ravel()
    # One look-up a pixel: the station is the same for course, slope and width.
    station = np.clip((place + np.float32(half)) * np.float32((len(stations) - 1) / length), 0, len(stations) - 1.001)
    index = station.astype(np.int32)
    rest = station - index
    line = course.astype(np.float32)
    centre = line[index] + rest * (line[index + 1] - line[index])
    upright = (1 / np.sqrt(1 + slope * slope)).astype(np.float32)[index]
    across = np.abs(spot.dy.ravel() - centre) * upright
    outside = np.maximum(np.abs(place) - np.float32(half), 0)
    edge = np.hypot(across, outside) - np.float32(width / 2) * taper.astype(np.float32)[index]
    return (1 - smooth_step(edge, -0.5, 0.5)).reshape(spot.dx.shape)
