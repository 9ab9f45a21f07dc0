"""Assemblies in a tomograph: a housing packed with blocks, tubes, fasteners and voids of very unlike materials."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pixel_grid, smooth_noise, smooth_step, wavy
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_assembly_ct"]


def make_assembly_ct(rng: np.random.Generator, size: int) -> Surface:
    """A housing, padding under it, fasteners along its wall, and within it blocks with channels, tubes and voids."""
    y, x = pixel_grid(size)
    u, v = x - SPAN / 2 - np.float32(rng.uniform(-12, 12)), y - SPAN / 2 - np.float32(rng.uniform(-12, 12))
    power = np.float32(rng.choice((2.0, 2.0, 2.5, 4.0)))
    stretch = np.float32(rng.uniform(0.6, 1.0))
    radius = (np.abs(u) ** power + np.abs(v / stretch) ** power + 1) ** (1 / power)
    edge = np.float32(rng.uniform(88, 122)) * wavy(rng, np.arctan2(v, u), rng.uniform(0.0, 0.07), 5)
    depth = edge - radius
    soft = rng.uniform(0.4, 1.2)
    air, metal = rng.uniform(0.0, 0.08), rng.uniform(0.85, 1.0)
    plain = rng.uniform(0.25, 0.7)  # most plastics and liquids are alike
    spread = rng.uniform(0.05, 0.25)
    materials = np.clip(plain + spread * rng.uniform(-1, 1, 6), 0.1, 0.85)
    signal = np.full((size, size), air, dtype=np.float32)
    at = 0.0
    for level in rng.permutation(materials)[: rng.integers(1, 4)]:  # skin, padding, wall
        signal += (np.float32(level) - signal) * smooth_step(depth - np.float32(at), -soft, soft)
        at += rng.choice((rng.uniform(1.5, 4.0), rng.uniform(5.0, 20.0)))
    room = smooth_step(depth - np.float32(at), -soft, soft)
    inside = np.full((size, size), rng.choice(materials), dtype=np.float32)
    for index in range(rng.integers(4, 15)):
        large = index < 2
        extent = rng.uniform(34, 72) if large else np.exp(rng.uniform(np.log(5), np.log(34)))
        level = rng.choice(materials) if large or rng.uniform() < 0.6 else rng.choice((air, air, metal))
        inside = _add_block(rng, size, inside, _block(rng, size, u, v, stretch, extent), level, materials, soft)
    signal += (inside - signal) * room
    if rng.uniform() < 0.7:
        fasteners = _fasteners(rng, u, v / stretch, float(edge.mean()) - at * rng.uniform(0.4, 1.2), soft)
        signal += (np.float32(metal) - signal) * fasteners * (depth > 0)
    if rng.uniform() < 0.4:  # what it lies on
        floor = np.float32(SPAN * rng.uniform(0.84, 0.97)) + np.float32(rng.uniform(-0.1, 0.1)) * u
        line = np.abs(y - floor) - np.float32(rng.uniform(0.6, 2.0))
        signal += (np.float32(rng.uniform(0.3, 0.8)) - signal) * (1 - smooth_step(line, -soft, soft)) * (depth < 0)
    signal = np.clip(signal * (1 + np.float32(rng.uniform(0.0, 0.05)) * smooth_noise(rng, size, 1.5)), 0.0, 1.0)
    turns = int(rng.choice((0, 0, 0, 1, 2, 3)))
    signal, depth = np.rot90(signal, turns).copy(), np.rot90(depth, turns).copy()
    beneath = np.full((3, 1, 1), air, dtype=np.float32)
    return Surface(np.zeros_like(signal), signal[None], 0.0, beneath, depth > 2, "tomograph", depth)


def _block(
    rng: np.random.Generator, size: int, u: np.ndarray, v: np.ndarray, stretch: np.float32, extent: float
) -> np.ndarray:
    """Return about the distance to a rounded block's outline, negative inside, units of length."""
    away, turn = rng.uniform(0, 88), rng.uniform(-np.pi, np.pi)
    du, dv = u - np.float32(away * np.cos(turn)), v - np.float32(away * np.sin(turn)) * stretch
    tilt, oblong = rng.uniform(-np.pi, np.pi), np.float32(rng.uniform(1.0, 1.9))
    cos, sin = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
    across, along = (cos * du + sin * dv) / oblong, cos * dv - sin * du
    outline = np.float32(extent) * wavy(rng, np.arctan2(along, across), rng.uniform(0.0, 0.3), 5)
    bend = np.float32(rng.uniform(0.0, 0.12) * extent) * smooth_noise(rng, size, extent / 2)
    return np.hypot(across, along) - outline + bend


def _add_block(
    rng: np.random.Generator,
    size: int,
    inside: np.ndarray,
    far: np.ndarray,
    level: float,
    materials: np.ndarray,
    soft: float,
) -> np.ndarray:
    """Put a block on what is there: plain, with a wall, half full, or run through by channels."""
    filling = np.full((size, size), level, dtype=np.float32)
    kind = rng.uniform()
    if kind < 0.35:  # channels that branch, and their cuts
        lines = np.abs(smooth_noise(rng, size, rng.uniform(7, 16)))
        cut = smooth_step(smooth_noise(rng, size, rng.uniform(7, 14)), -0.2, 0.3)
        channel = (1 - smooth_step(lines, wide := rng.uniform(0.02, 0.14), wide + 0.1)) * cut
        filling += np.float32(rng.uniform(-0.15, 0.15)) * channel
    elif kind < 0.5:  # a level that a liquid stands at
        line = np.float32(rng.uniform(-0.5, 0.5) * -float(far.min()))
        row = np.argmin(far.min(axis=1))
        y, _ = pixel_grid(size)
        filling += (np.float32(rng.choice(materials)) - filling) * smooth_step(y - y[row] - line, -soft, soft)
    elif kind < 0.6:
        filling += np.float32(rng.uniform(0.03, 0.15)) * smooth_noise(rng, size, rng.uniform(2, 8))
    covered = inside + (filling - inside) * (1 - smooth_step(far, -soft, soft))
    if rng.uniform() < 0.4:
        wall = np.abs(far) - np.float32(rng.uniform(0.6, 3.0))
        covered += (np.float32(rng.choice(materials)) - covered) * (1 - smooth_step(wall, -soft, soft))
    return covered


def _fasteners(rng: np.random.Generator, u: np.ndarray, v: np.ndarray, ring: float, soft: float) -> np.ndarray:
    """Return the share of bright pieces along the wall, more or less evenly placed, and of one large piece."""
    share = np.zeros(np.broadcast_shapes(u.shape, v.shape), dtype=np.float32)
    count = int(rng.integers(4, 20))
    long, wide = rng.uniform(2.0, 11.0), rng.uniform(1.2, 4.5)
    pieces = [(turn, ring, long, wide) for turn in np.arange(count) * (2 * np.pi / count) + rng.uniform(0, 6)]
    if rng.uniform() < 0.6:
        pieces.append((rng.uniform(0, 6), 0.7 * ring, rng.uniform(8, 20), rng.uniform(8, 18)))
    for turn, away, half_long, half_wide in pieces:
        turn = turn + rng.normal(0.0, 0.06)
        du, dv = u - np.float32(away * np.cos(turn)), v - np.float32(away * np.sin(turn))
        tilt = turn + np.pi / 2 + rng.normal(0.0, 0.25)
        cos, sin = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
        far = np.hypot((cos * du + sin * dv) / np.float32(half_long / half_wide), cos * dv - sin * du)
        np.maximum(share, 1 - smooth_step(far - np.float32(half_wide * rng.uniform(0.7, 1.3)), -soft, soft), out=share)
    return share
