"""Things that X-rays went through: castings and welds. Colour is the signal behind them, relief what defects add."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import (
    SPAN,
    Plane,
    everywhere,
    pick_colours,
    pixel_grid,
    place_plane,
    smooth_noise,
    smooth_step,
    streaks,
    wavy,
)
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_casting_xray", "make_weld_seam"]


def make_casting_xray(rng: np.random.Generator, size: int) -> Surface:
    """A cast metal part with steps, ribs, bosses and drilled holes, whole or the middle of it."""
    plane = _centred_plane(rng, size)
    soft = rng.uniform(0.6, 5.0)
    wall = np.full((size, size), rng.uniform(0.5, 1.2), dtype=np.float32)
    wall *= 1 + np.float32(rng.uniform(0.0, 0.25)) * np.clip(smooth_noise(rng, size, rng.uniform(40, 100)), -2, 2)
    for _ in range(rng.integers(0, 4)):  # steps
        at, amount = rng.uniform(-90, 90), rng.uniform(-0.4, 0.5)
        line = (plane.u, plane.v)[rng.integers(2)] if rng.uniform() < 0.7 else np.hypot(plane.u, plane.v) - 70
        wall += np.float32(amount) * smooth_step(line, at - soft, at + soft * rng.uniform(1, 6))
    for _ in range(rng.integers(0, 4)):  # ribs
        line = (plane.u, plane.v, plane.u + plane.v)[rng.integers(3)]
        half, at = rng.uniform(3, 14), rng.uniform(-110, 110)
        wall += np.float32(rng.uniform(0.1, 0.6)) * (1 - smooth_step(np.abs(line - np.float32(at)), half - soft, half))
    holes = _drill(rng, plane, soft)
    wall = wall * (1 - holes.depth) + holes.rim
    inside = everywhere(size)
    if rng.uniform() < 0.6:
        angle = np.arctan2(plane.v, plane.u)
        power = np.float32(rng.choice((2.0, 3.0, 8.0)))
        stretch = np.float32(rng.uniform(0.6, 1.0))
        radius = (np.abs(plane.u) ** power + np.abs(plane.v / stretch) ** power + 1) ** (1 / power)
        edge = np.float32(rng.uniform(85, 150)) * wavy(rng, angle, rng.uniform(0.0, 0.08), 6)
        wall *= smooth_step(edge - radius, -soft, rng.uniform(1, 25))
        inside = edge - radius > 2
    inside &= holes.depth < 0.6
    signal = np.exp(np.float32(-rng.uniform(0.7, 2.2)) * np.maximum(wall, 0))
    low, high = np.quantile(signal[inside], (0.01, 0.99))
    floor = rng.uniform(0.1, 0.35)
    signal = np.float32(floor) + (signal - low) * np.float32(rng.uniform(0.2, 0.6) / max(high - low, 0.08))
    signal *= 1 + np.float32(rng.uniform(0.0, 0.04)) * smooth_noise(rng, size, rng.uniform(1.0, 3.0))
    signal = np.clip(signal, 0.02, 0.98)[None]
    beneath = np.full((3, 1, 1), rng.uniform(0.7, 0.95), dtype=np.float32)
    return Surface(np.zeros((size, size), np.float32), signal, 0.0, beneath, inside, "radiograph")


class _Holes:
    def __init__(self, size: int) -> None:
        self.depth, self.rim = np.zeros((2, size, size), dtype=np.float32)


def _drill(rng: np.random.Generator, plane: Plane, soft: float) -> _Holes:
    """Drill holes in a ring, a row, or as a mirrored pair, each with or without a boss."""
    holes = _Holes(len(plane.u))
    kind = rng.integers(5)
    if kind == 0:
        return holes
    count = int(rng.integers(3, 9))
    turns = 2 * np.pi * np.arange(count) / count
    ring = rng.uniform(40, 80)
    centres = {
        1: [(ring * np.cos(turn), ring * np.sin(turn)) for turn in turns],
        2: [((index - count / 2) * rng.uniform(28, 34), 0.0) for index in range(count)],
        3: [(ring, 0.0), (-ring, 0.0)],
        4: [tuple(rng.uniform(-60, 60, 2))],
    }[int(kind)]
    radius = rng.uniform(5, 12) if kind < 4 else rng.uniform(14, 45)
    boss, deep = rng.choice((0.0, rng.uniform(0.1, 0.5))), rng.uniform(0.4, 1.0)
    for u, v in centres:
        far = np.hypot(plane.u - np.float32(u), plane.v - np.float32(v))
        inner = 1 - smooth_step(far, radius - soft / 2, radius + soft / 2)
        holes.depth = np.maximum(holes.depth, np.float32(deep) * inner)
        outer = 1 - smooth_step(far, 1.6 * radius - soft, 1.6 * radius + soft)
        holes.rim = np.maximum(holes.rim, np.float32(boss) * (outer - inner))
    return holes


def make_weld_seam(rng: np.random.Generator, size: int) -> Surface:
    """A seam between two plates with the ripples of the pool that ran along it, seen by X-rays or by a camera."""
    plane = _centred_plane(rng, size)
    bow = np.float32(rng.uniform(0, 6)) * np.sin(plane.u / np.float32(rng.uniform(40, 90)))
    across = plane.v + bow + np.float32(rng.uniform(0.3, 2.0)) * smooth_noise(rng, size, 12.0)
    half = np.float32(rng.uniform(16, 48))
    profile = smooth_step(half - np.abs(across), -rng.uniform(0.5, 4), rng.uniform(3, 20))
    ripple = plane.u + np.float32(rng.uniform(0.2, 0.9)) * across**2 / half
    ripple += np.float32(rng.uniform(0.2, 1.5)) * smooth_noise(rng, size, 6.0)
    wave = np.cos(ripple * np.float32(2 * np.pi / rng.uniform(4.5, 14)))
    speck = smooth_noise(rng, size, rng.uniform(0.7, 2.0))
    cloud = np.clip(smooth_noise(rng, size, 35.0), -2, 2)
    depth = across
    if rng.uniform() < 0.6:
        thick = 1 + rng.uniform(0.2, 0.6) * profile + np.float32(rng.uniform(0.0, 0.06)) * profile * wave
        if rng.uniform() < 0.4:  # two plates of unequal thickness
            thick = thick + np.float32(rng.uniform(0.1, 0.4)) * smooth_step(across, -2, 2)
        root = rng.choice((0.0, rng.uniform(-0.15, 0.25)))
        thick = thick + np.float32(root) * np.exp(-((across / np.float32(rng.uniform(3, 9))) ** 2))
        signal = np.exp(-np.float32(rng.uniform(0.6, 1.6)) * thick)
        signal = signal * np.float32(rng.uniform(0.45, 0.8) / signal.max()) * (1 + np.float32(0.05) * cloud)
        signal *= 1 + np.float32(rng.uniform(0.005, 0.04)) * speck
        beneath = np.full((3, 1, 1), rng.uniform(0.75, 0.95), dtype=np.float32)
        height = np.zeros((size, size), np.float32)
        return Surface(height, signal[None], 0.0, beneath, everywhere(size), "radiograph", depth)
    plate = pick_colours(rng, 1)[0].mean(0, keepdims=True) * np.array([1.0, 1.0, 1.0], np.float32)[:, None, None]
    plate = plate * (1 + rng.normal(0.0, 0.03, (3, 1, 1)).astype(np.float32))
    mill = streaks(rng, place_plane(rng, size), 60.0, rng.uniform(1.0, 3.0))
    colour = plate * (1 + np.float32(rng.uniform(0.01, 0.06)) * mill + np.float32(0.05) * cloud)
    # Heat tints the plates in bands beside the seam: straw, brown, blue.
    beside = np.maximum(np.abs(across) - half, 0) / np.float32(rng.uniform(6, 22))
    heat = np.exp(-beside * beside) * (1 - profile) * np.float32(rng.uniform(0.0, 0.6))
    phases = np.array([0.0, 0.9, 2.4], np.float32)[:, None, None]
    colour = colour * (1 - heat * (np.float32(0.5) + np.float32(0.4) * np.cos(3 * beside + phases)))
    bead = np.float32(rng.uniform(0.7, 1.1)) + np.float32(rng.uniform(0.03, 0.15)) * wave
    colour = colour * (1 + profile * (bead * (1 + np.float32(0.05) * speck) - 1))
    height = profile * (np.float32(rng.uniform(2, 9)) + np.float32(rng.uniform(0.3, 1.2)) * wave)
    height += np.float32(rng.uniform(0.0, 0.15)) * speck
    inside = everywhere(size)
    return Surface(height, colour, rng.uniform(0.05, 0.35), plate * np.float32(0.2), inside, "camera", depth)


def _centred_plane(rng: np.random.Generator, size: int) -> Plane:
    """Turn the picture about a point near its middle; mirror-wise zoomed a little."""
    y, x = pixel_grid(size)
    centre = SPAN * rng.uniform(0.4, 0.6, 2).astype(np.float32)
    angle, zoom = rng.uniform(-np.pi, np.pi), rng.uniform(0.75, 1.2)
    cos, sin = np.float32(np.cos(angle) * zoom), np.float32(np.sin(angle) * zoom)
    dx, dy = x - centre[0], y - centre[1]
    return Plane(cos * dx + sin * dy, cos * dy - sin * dx)
