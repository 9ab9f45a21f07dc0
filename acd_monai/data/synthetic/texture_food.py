"""Nuts, fruit and roots in a tomograph, as food is inspected: shells, folded kernels, segments, seeds."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pixel_grid, smooth_noise, smooth_step, wavy
from acd_monai.data.synthetic.texture_scene import Surface
from acd_monai.data.synthetic.texture_sections import draw_cavity, draw_filling, section_levels

__all__ = ["make_food_scan"]


def make_food_scan(rng: np.random.Generator, size: int) -> Surface:
    """A slice through something that grew: skins or shells, a kernel in halves or segments, folded or plain.

    Its two sides are alike, more or less, as what grows is.
    """
    y, x = pixel_grid(size)
    u = x - np.float32(SPAN / 2)
    v = (y - np.float32(SPAN / 2)) / np.float32(rng.uniform(0.7, 1.35))
    angle, radius = np.arctan2(v, u), np.hypot(u, v)
    edge = np.float32(rng.uniform(62, 112)) * wavy(rng, np.arctan2(v, np.abs(u)), rng.uniform(0.0, 0.14), 5)
    depth = edge * (1 - np.float32(rng.uniform(0.0, 0.03)) * _alike(rng, size, 30.0)) - radius
    soft = rng.uniform(0.4, 1.4)
    air, *levels = section_levels(rng)
    signal = np.full((size, size), air, dtype=np.float32)
    at = 0.0
    for _ in range(rng.integers(0, 5)):  # skin, shell, the gap beneath it
        border = depth - np.float32(at) + np.float32(rng.uniform(0.0, 1.2)) * smooth_noise(rng, size, 12.0)
        signal += (rng.choice((air, *levels, *levels)) - signal) * smooth_step(border, -soft, soft)
        at += rng.choice((rng.uniform(1.5, 5.0), rng.uniform(4.0, 14.0)))
    kernel = _kernel_depth(rng, size, u, v, depth - np.float32(at))
    rind, flesh, pith = rng.permutation(levels)[:3]
    signal += (rind - signal) * smooth_step(kernel, -soft, soft)
    inner = flesh + np.float32(rng.uniform(0.2, 1.0)) * draw_filling(rng, size, u, v, depth) * (pith - flesh)
    for _ in range(rng.integers(0, 4)):
        inner = inner + draw_cavity(rng, u, v, soft) * (rng.choice((air, *levels)) - inner)
    signal += (inner - signal) * smooth_step(kernel - np.float32(rng.uniform(1.5, 9.0)), -soft, soft)
    if rng.uniform() < 0.3:
        signal += _seeds(rng, size, angle, radius, soft) * (rng.choice(levels) - signal) * (kernel > 4)
    grain = smooth_noise(rng, size, rng.uniform(0.8, 5.0))
    signal = np.clip(signal * (1 + np.float32(rng.uniform(0.0, 0.06)) * grain), 0.0, 1.0)
    turns = int(rng.integers(4))
    signal, depth = np.rot90(signal, turns).copy(), np.rot90(depth, turns).copy()
    beneath = np.full((3, 1, 1), air, dtype=np.float32)
    return Surface(np.zeros_like(signal), signal[None], 0.0, beneath, depth > 2, "tomograph", depth)


def _alike(rng: np.random.Generator, size: int, width: float) -> np.ndarray:
    """Return smooth noise that is much the same on either side of the middle."""
    noise = smooth_noise(rng, size, width)
    share = np.float32(rng.uniform(0.15, 0.5))
    return (1 - share) * noise + share * noise[:, ::-1]


def _kernel_depth(rng: np.random.Generator, size: int, u: np.ndarray, v: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return how deep a place lies in the kernel, units of length: below 0 in its furrows and between its parts."""
    parts, bend = rng.integers(4), np.float32(rng.uniform(0.0, 2.5)) * smooth_noise(rng, size, 20.0)
    narrow = np.float32(rng.uniform(0.5, 4.0))
    kernel = depth
    if parts == 1:  # halves, apart all the way or at the ends alone
        reach = np.maximum(0, np.float32(rng.uniform(0.0, 60.0)) - np.abs(v))
        kernel = np.minimum(kernel, np.abs(u + bend) - narrow + reach)
    elif parts == 2:  # segments
        count = int(rng.integers(2, 10))
        kernel = np.minimum(kernel, np.abs(np.sin(np.float32(count / 2) * np.arctan2(v, u))) * np.hypot(u, v) - narrow)
    if rng.uniform() < 0.6:
        zone = np.float32(rng.uniform(12, 60))
        ridges = np.clip(
            1 - np.abs(_alike(rng, size, rng.uniform(3.5, 10.0))) / np.float32(rng.uniform(0.25, 0.7)), 0, 1
        )
        kernel = kernel - zone * ridges * (1 - smooth_step(depth, 0.5 * float(zone), 1.2 * float(zone)))
    return kernel


def _seeds(rng: np.random.Generator, size: int, angle: np.ndarray, radius: np.ndarray, soft: float) -> np.ndarray:
    """Return the share of seeds, in a ring around the middle."""
    count, away = int(rng.integers(3, 14)), np.float32(rng.uniform(14, 55))
    sector = np.float32(2 * np.pi / count)
    turned = angle + np.float32(rng.uniform(0, 2 * np.pi))
    across = (turned - sector * np.round(turned / sector)) * away
    far = np.hypot(across / np.float32(rng.uniform(0.35, 1.0)), radius - away)
    return 1 - smooth_step(far - np.float32(rng.uniform(2.5, 9.0)), -soft, soft)
