"""Layers seen from their side by the echoes they send back: coatings, laminates, composites."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pixel_grid, smooth_noise, smooth_step
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_laminate_scan"]


def make_laminate_scan(rng: np.random.Generator, size: int) -> Surface:
    """A B-scan: couplant, a wavy surface, bright and dark layers with echoes between them, fading with depth."""
    y, x = pixel_grid(size)
    profile = _profile(rng, size, rng.uniform(0.0, 22.0)) + np.float32(rng.uniform(-0.25, 0.25)) * (x - SPAN / 2)
    surface = np.float32(rng.uniform(12, 100))
    depth = y - surface - profile
    count = int(rng.integers(3, 12))
    room = rng.uniform(60, 240)
    thick = rng.dirichlet(np.full(count, rng.uniform(1.0, 6.0))) * room
    couplant = rng.uniform(0.0, 0.15)
    levels = rng.uniform(0.12, 0.7, count + 1)
    if rng.uniform() < 0.4:  # two materials by turns
        levels[::2] = levels[0] * (1 + rng.normal(0.0, 0.06, len(levels[::2])))
        levels[1::2] = levels[1] * (1 + rng.normal(0.0, 0.06, len(levels[1::2])))
    through = rng.uniform() < 0.5  # seen through to what is behind, or the last layer goes on
    levels[-1] = couplant if through else levels[-1]
    signal = np.full((size, size), couplant, dtype=np.float32)
    soft, at = rng.uniform(0.5, 2.5), 0.0
    waviness = rng.uniform(0.0, 3.5)
    echo = rng.uniform(0.0, 0.45)
    edge_width = np.float32(rng.uniform(0.8, 2.5))
    for index, level in enumerate(levels):
        border = depth - np.float32(at)
        if index:
            border = border - _profile(rng, size, waviness)
        signal += (np.float32(level) - signal) * smooth_step(border, -soft, soft)
        bright = echo * rng.uniform(0.3, 1.6) if index else rng.uniform(0.0, 0.5)
        signal += np.float32(bright) * np.exp(-((border / edge_width) ** 2))
        at += thick[min(index, count - 1)]
    signal *= np.exp(-np.maximum(depth, 0) / np.float32(rng.uniform(110, 600)))
    fibres = smooth_noise(rng, size, rng.uniform(1.0, 5.0))
    signal *= 1 + np.float32(rng.uniform(0.0, 0.15)) * fibres
    signal *= _shadows(rng, size)
    signal = np.clip(signal * np.float32(rng.uniform(0.8, 1.3)), 0, 1)
    beneath = np.full((3, 1, 1), couplant, dtype=np.float32)
    inside = (depth > 1) & (depth < (room - 1 if through else np.inf))
    if rng.uniform() < 0.12:  # the probe below the part
        signal, depth, inside = signal[::-1], -depth[::-1], inside[::-1]
    height = np.zeros((size, size), np.float32)
    return Surface(height, np.ascontiguousarray(signal)[None], 0.0, beneath, inside, "echo", depth)


def _profile(rng: np.random.Generator, size: int, tall: float) -> np.ndarray:
    """Return a wavy line, units of length, ``(1, size)``."""
    width = rng.uniform(15, 90)
    line = smooth_noise(rng, size, width)[size // 2][None]
    return np.float32(tall) * np.clip(line, -2, 2) / 2


def _shadows(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return what grains in the couplant and fixtures leave of the signal below them, ``(1, size)``."""
    _, x = pixel_grid(size)
    left = np.ones((1, size), dtype=np.float32)
    for _ in range(rng.choice((0, 0, 2, 5, 9))):
        at, half = rng.uniform(0, SPAN), rng.uniform(1.0, 7.0)
        left *= 1 - np.float32(rng.uniform(0.1, 0.5)) * np.exp(-(((x - np.float32(at)) / np.float32(half)) ** 2))
    return left
