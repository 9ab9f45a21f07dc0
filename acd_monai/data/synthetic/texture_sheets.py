"""Foam, paper and glass: sheets with cells, with fibres, and with next to nothing on them."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import (
    SPAN,
    blend,
    everywhere,
    pick_colours,
    place_plane,
    smooth_noise,
    smooth_step,
    streaks,
)
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_foam", "make_glass", "make_paper"]


def make_foam(rng: np.random.Generator, size: int) -> Surface:
    """Cells with walls between them, round or drawn out: foam, sponge, cast cork."""
    plane = place_plane(rng, size, wobble=rng.uniform(0.0, 4.0))
    period = np.float32(rng.uniform(7.0, 30.0))
    stretch = np.float32(rng.choice((1.0, rng.uniform(0.5, 0.9))))
    near, second, cell = _cells(rng, plane.u / period * stretch, plane.v / period, rng.uniform(0.3, 0.95))
    wall = (second - near) * period
    thick = rng.uniform(0.6, 3.0)
    open_ = smooth_step(wall, thick * 0.5, thick * 0.5 + rng.uniform(0.8, 5.0))
    base, deep = pick_colours(rng, 2)
    deep = base * np.float32(rng.uniform(0.15, 0.8)) if rng.uniform() < 0.75 else deep
    shade = (1 + rng.uniform(0.0, 0.25) * rng.standard_normal(509)).astype(np.float32)[cell % 509]
    speck = smooth_noise(rng, size, rng.uniform(0.8, 2.0))
    colour = blend(base, deep * shade, open_) * (1 + np.float32(rng.uniform(0.01, 0.06)) * speck)
    height = -np.float32(rng.uniform(0.05, 0.3) * period) * open_ * (1 - near)
    colour = np.clip(colour, 0, 1)
    return Surface(height, colour, rng.uniform(0.0, 0.2), deep * np.float32(0.5), everywhere(size))


def _cells(
    rng: np.random.Generator, u: np.ndarray, v: np.ndarray, jitter: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distances to the nearest and the second nearest of scattered points, and the nearest one's number."""
    table = (0.5 + jitter * (rng.random((2, 64, 64), dtype=np.float32) - np.float32(0.5))).astype(np.float32)
    column, row = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    fu, fv = u - column, v - row
    near, second = np.full((2, *u.shape), 9.0, dtype=np.float32)
    cell = np.zeros(u.shape, dtype=np.int32)
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            number = ((row + j) & 63) * 64 + ((column + i) & 63)
            away = np.hypot(table[0].ravel()[number] + i - fu, table[1].ravel()[number] + j - fv)
            closer = away < near
            second = np.where(closer, near, np.minimum(second, away))
            near = np.where(closer, away, near)
            cell = np.where(closer, number, cell)
    return near, second, cell


def make_paper(rng: np.random.Generator, size: int) -> Surface:
    """Fibres and clouds: paper, board, felt, nonwoven; looked at or looked through."""
    base = pick_colours(rng, 1, hue=rng.uniform(0.05, 0.15))[0]
    base = base * np.float32(rng.uniform(0.6, 0.95) / base.max())
    height = np.zeros((size, size), dtype=np.float32)
    for _ in range(3):
        plane = place_plane(rng, size, wobble=rng.uniform(1.0, 6.0))
        fibres = streaks(rng, plane, rng.uniform(8, 40), rng.uniform(0.7, 2.2))
        height += smooth_step(fibres, rng.uniform(0.0, 1.2), 2.4)
    cloud = np.clip(smooth_noise(rng, size, rng.uniform(4, 16)), -2.5, 2.5)
    colour = base * (
        1
        + np.float32(rng.uniform(0.01, 0.09)) * cloud
        + np.float32(rng.uniform(-0.1, 0.1)) * (height - height.mean())
        + np.float32(rng.uniform(0.005, 0.03)) * smooth_noise(rng, size, 0.9)
    )
    if rng.uniform() < 0.25:  # watermark wires
        plane = place_plane(rng, size, turn=0.1)
        lines = np.cos(plane.u * np.float32(2 * np.pi / rng.uniform(5, 24)))
        colour = colour * (1 + np.float32(rng.uniform(0.01, 0.05)) * smooth_step(lines, 0.6, 1.0))
    height = np.float32(rng.uniform(0.1, 0.7)) * height + np.float32(0.3) * cloud
    beneath = base * np.float32(rng.choice((0.25, 1.15)))
    return Surface(height, np.clip(colour, 0, 1), 0.0, beneath, everywhere(size))


def make_glass(rng: np.random.Generator, size: int) -> Surface:
    """A pane, a glazed or lacquered sheet: a tint, soft reflections, at times a frosted or rolled pattern."""
    plane = place_plane(rng, size, wobble=rng.uniform(0.0, 6.0))
    base, other = pick_colours(rng, 2)
    slope = smooth_step(plane.v - plane.v.mean(), -SPAN * 0.7, SPAN * 0.7)
    colour = blend(base, base + np.float32(rng.uniform(0.1, 0.6)) * (other - base), slope)
    for _ in range(rng.integers(0, 4)):  # lamps and window frames, out of focus
        at, half, soft = rng.uniform(-110, 110), rng.uniform(4, 40), rng.uniform(3, 25)
        line = np.abs(plane.u - plane.u.mean() - np.float32(at)) - np.float32(half)
        colour = colour + np.float32(rng.uniform(-0.08, 0.2)) * (1 - smooth_step(line, -soft, soft))
    cloud = smooth_noise(rng, size, rng.uniform(15, 60))
    colour = colour * (1 + np.float32(rng.uniform(0.0, 0.06)) * np.clip(cloud, -2, 2))
    height: np.ndarray = np.float32(rng.uniform(0.0, 0.5)) * cloud
    kind = rng.integers(4)
    if kind == 0:
        height = height + np.float32(rng.uniform(0.1, 0.5)) * smooth_noise(rng, size, rng.uniform(0.9, 3.0))
    elif kind == 1:
        height = height + np.float32(rng.uniform(0.2, 1.0)) * streaks(rng, plane, 60.0, rng.uniform(4, 12))
    dust = smooth_noise(rng, size, 0.9)
    colour = np.clip(colour * (1 + np.float32(rng.uniform(0.002, 0.02)) * dust), 0, 1)
    return Surface(height, colour, rng.uniform(0.1, 0.5), base * np.float32(0.3), everywhere(size))
