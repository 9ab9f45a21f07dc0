"""Things cut open without a saw: tomographic slices through parts."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import (
    SPAN,
    fraction,
    pixel_grid,
    smooth_noise,
    smooth_step,
    wavy,
)
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["draw_cavity", "draw_filling", "make_industrial_ct", "section_levels"]


def make_industrial_ct(rng: np.random.Generator, size: int) -> Surface:
    """A closed part in air: shell, lining and core, the core filled or hollowed out by design."""
    y, x = pixel_grid(size)
    centre = SPAN * rng.uniform(0.42, 0.58, 2).astype(np.float32)
    turn, stretch = rng.uniform(-np.pi, np.pi), np.float32(rng.uniform(0.65, 1.0))
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    u = cos * (x - centre[0]) + sin * (y - centre[1])
    v = (cos * (y - centre[1]) - sin * (x - centre[0])) / stretch
    angle, radius = np.arctan2(v, u), np.hypot(u, v)
    if rng.uniform() < 0.35:  # a boxy housing
        power = np.float32(rng.uniform(3, 8))
        radius = (np.abs(u) ** power + np.abs(v) ** power + 1) ** (1 / power)
    edge = np.float32(rng.uniform(82, 150)) * wavy(rng, angle, rng.uniform(0.0, 0.1), int(rng.integers(2, 7)))
    depth = edge - radius  # from the outline inwards
    soft = rng.uniform(0.4, 1.5)
    air, *levels = section_levels(rng)
    signal = np.full((size, size), air, dtype=np.float32)
    at = 0.0
    for index in range(rng.integers(1, 4)):  # shell, gap or lining
        border = np.float32(rng.uniform(0.0, 1.5)) * smooth_noise(rng, size, rng.uniform(6, 40)) if index else 0
        signal += (levels[index] - signal) * smooth_step(depth - at + border, -soft, soft)
        at += rng.uniform(2.5, 16.0)
    folds = _inner_outline(rng, size, angle, depth)
    core = smooth_step(depth - np.float32(at) - folds, -soft, soft)
    filling = levels[3] + draw_filling(rng, size, u, v, depth) * (levels[4] - levels[3])
    for _ in range(rng.integers(0, 3)):
        filling = filling + draw_cavity(rng, u, v, soft) * (rng.choice((air, *levels)) - filling)
    signal += (filling - signal) * core
    grain = smooth_noise(rng, size, rng.uniform(0.8, 4.0))
    signal = signal * (1 + np.float32(rng.uniform(0.0, 0.07)) * grain)
    beneath = np.full((3, 1, 1), air, dtype=np.float32)
    signal = np.clip(signal, 0.0, 1.0)[None]
    return Surface(np.zeros((size, size), np.float32), signal, 0.0, beneath, depth > 2, "tomograph", depth)


def section_levels(rng: np.random.Generator) -> np.ndarray:
    """Return the signal of air and of five materials; air is mostly, but not always, the darkest."""
    levels = rng.permutation(np.linspace(0.2, 0.95, 5)) + rng.uniform(-0.07, 0.07, 5)
    middle = levels.mean()
    levels = middle + rng.uniform(0.35, 1.0) * (levels - middle)
    air = rng.uniform(0.0, 0.12) if rng.uniform() < 0.85 else rng.uniform(0.15, 0.5)
    return np.concatenate([[air], levels]).astype(np.float32)


def _inner_outline(rng: np.random.Generator, size: int, angle: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return how far the core's outline lies inwards: plain, ribbed, toothed or crumpled, units of length."""
    kind = rng.integers(4)
    tall = np.float32(rng.uniform(3, 14))
    if kind == 0:
        return tall * (wavy(rng, angle, 0.5, 4) - 1)
    if kind == 1:
        return tall * np.abs(np.sin(np.float32(rng.integers(4, 20)) * angle / 2))
    if kind == 2:
        teeth = np.cos(np.float32(rng.integers(6, 32)) * angle)
        return tall * smooth_step(teeth, -0.25, 0.25)
    folds = smooth_noise(rng, size, rng.uniform(3.0, 9.0))
    return tall * np.clip(folds, -1, 1.6) * (1 - smooth_step(depth, 25, 60))


def draw_filling(rng: np.random.Generator, size: int, u: np.ndarray, v: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return the share of the core's second material: none, lattice, foam, layers, chambers, clouds, components."""
    kind = rng.integers(10)
    period = rng.uniform(9, 40)
    scale = np.float32(2 * np.pi / period)
    sharp = rng.uniform(0.05, 0.5)
    wall = rng.uniform(0.15, 0.6)
    if kind == 0:
        return np.zeros_like(depth)
    if kind == 1:  # a printed gyroid lattice, cut at some height and bent
        bend = np.float32(rng.uniform(0, 6)) * smooth_noise(rng, size, 25.0)
        phase = np.float32(rng.uniform(0, 2 * np.pi))
        a, b = (u + bend) * scale, (v + bend) * scale
        lattice = np.sin(a) * np.cos(b) + np.sin(b) * np.cos(phase) + np.sin(phase) * np.cos(a)
        return 1 - smooth_step(np.abs(lattice), wall, wall + sharp)
    if kind == 2:  # a labyrinth of walls
        walls = np.abs(smooth_noise(rng, size, period / 5))
        return 1 - smooth_step(walls, wall, wall + sharp)
    if kind == 3:
        return smooth_step(np.sin(depth * scale), -sharp, sharp)
    if kind == 4:
        return smooth_step(smooth_noise(rng, size, period / 6), low := rng.uniform(-0.3, 1.2), low + sharp)
    if kind == 5:  # straight walls between chambers
        half = rng.uniform(1.5, 5)
        lines = [np.abs(fraction(one / np.float32(2.5 * period))[1]) * np.float32(2.5 * period) for one in (u, v)]
        near = np.minimum(*lines) if rng.uniform() < 0.5 else lines[rng.integers(2)]
        return 1 - smooth_step(near, half - 0.5, half + 0.5)
    if kind == 6:
        return np.clip(0.5 + 0.35 * smooth_noise(rng, size, rng.uniform(10, 40)), 0, 1)
    if kind > 7:
        return _components(rng, size, u, v)
    second = depth + np.float32(rng.uniform(0, 6)) * smooth_noise(rng, size, rng.uniform(5, 20))  # a core in the core
    return smooth_step(second, at := rng.uniform(20, 60), at + 10 * sharp)


def _components(rng: np.random.Generator, size: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return what is packed into a housing: rounded components side by side, every one of a material of its own."""
    share = np.zeros((size, size), dtype=np.float32)
    bend = [np.float32(rng.uniform(0, 4)) * smooth_noise(rng, size, 14.0) for _ in range(2)]
    materials = rng.uniform(-0.3, 1.3, 4)
    sizes = np.exp(rng.uniform(np.log(6), np.log(42), int(rng.integers(3, 12))))
    for radius in np.sort(sizes)[::-1]:  # small ones on top
        away, turn = rng.uniform(0, 75), rng.uniform(-np.pi, np.pi)
        du = u + bend[0] - np.float32(away * np.cos(turn))
        dv = v + bend[1] - np.float32(away * np.sin(turn))
        stretch = rng.uniform(1.0, 1.8)
        du, dv = np.cos(turn) * du + np.sin(turn) * dv, np.cos(turn) * dv - np.sin(turn) * du
        power = np.float32(rng.choice((2.0, 2.0, 3.0, 6.0)))
        far = (np.abs(du / np.float32(stretch)) ** power + np.abs(dv) ** power + np.float32(1e-3)) ** (1 / power)
        cover = 1 - smooth_step(far - np.float32(radius), -0.7, 0.7)
        share = share + cover * (np.float32(rng.choice(materials)) - share)
    return share


def draw_cavity(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, soft: float) -> np.ndarray:
    """Return the share of channels made by design: one, a mirrored pair or a ring of them."""
    shape = np.float32(rng.uniform(0.35, 1.0))
    radius = np.float32(rng.uniform(6, 26))
    kind = rng.integers(4)
    if kind == 0:
        du, dv = u - np.float32(rng.uniform(-25, 25)), v - np.float32(rng.uniform(-25, 25))
    elif kind == 1:
        du, dv = np.abs(u) - np.float32(rng.uniform(12, 45)), v - np.float32(rng.uniform(-25, 25))
    elif kind == 2:
        du, dv = np.abs(u) - np.float32(rng.uniform(12, 45)), np.abs(v) - np.float32(rng.uniform(12, 45))
    else:
        sector = 2 * np.pi / float(rng.integers(3, 9))
        angle = np.arctan2(v, u)
        angle = angle - np.float32(sector) * np.round(angle / np.float32(sector))
        far = np.hypot(u, v)
        du, dv = far * np.cos(angle) - np.float32(rng.uniform(25, 55)), far * np.sin(angle)
        radius = radius / 2
    tilt = np.float32(rng.uniform(-1.5, 1.5))
    du, dv = np.cos(tilt) * du + np.sin(tilt) * dv, np.cos(tilt) * dv - np.sin(tilt) * du
    power = np.float32(rng.choice((2.0, 2.0, 5.0)))
    far = (np.abs(du) ** power + np.abs(dv / shape) ** power + np.float32(1e-3)) ** (1 / power)
    return 1 - smooth_step(far - radius, -soft, soft)
