"""Cables cut across, by tomography or polished under a camera."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pick_colours, pixel_grid, smooth_noise, smooth_step, wavy
from acd_monai.data.synthetic.texture_scene import Surface
from acd_monai.data.synthetic.texture_sections import section_levels

__all__ = ["make_cable_section"]


def make_cable_section(rng: np.random.Generator, size: int) -> Surface:
    """Strands in a jacket, or a field of them, by tomography or polished under a camera."""
    y, x = pixel_grid(size)
    centre = SPAN * rng.uniform(0.43, 0.57, 2).astype(np.float32)
    dx, dy = x - centre[0], y - centre[1]
    angle = np.arctan2(dy, dx)
    outer = np.float32(rng.uniform(90, 170)) * wavy(rng, angle, rng.uniform(0.0, 0.05), 4)
    depth = outer - np.hypot(dx, dy)
    jacket = rng.uniform(5, 20)
    pitch = rng.uniform(14, 46)
    turn = rng.uniform(0, np.pi)
    reach = int(np.ceil(190 / pitch)) + 1
    radius = pitch * rng.uniform(0.36, 0.485)
    shift, swell = rng.normal(0.0, 0.05 * pitch, (2 * reach + 1, 2 * reach + 1, 2)), rng.uniform(0, 0.08)
    # The nearest of the strands' centres, over a honeycomb: the pixel's own cell and its neighbours.
    u = np.float32(np.cos(turn)) * dx + np.float32(np.sin(turn)) * dy
    v = np.float32(np.cos(turn)) * dy - np.float32(np.sin(turn)) * dx
    far = np.full((size, size), 1e3, dtype=np.float32)
    parts = np.zeros((size, size), dtype=np.int32)
    room = float(outer.min()) - jacket - radius
    for row in range(-reach, reach + 1):
        for column in range(-reach, reach + 1):
            at = np.array([column + 0.5 * (row % 2), row * 0.866]) * pitch + shift[row + reach, column + reach]
            if np.hypot(*at) > room:
                continue
            own = radius * (1 + swell * rng.uniform(-1, 1))
            middle = centre + np.array(
                [np.cos(turn) * at[0] - np.sin(turn) * at[1], np.sin(turn) * at[0] + np.cos(turn) * at[1]]
            )
            low = np.clip(((middle - own - 3) * size / SPAN).astype(int), 0, size)
            high = np.clip(((middle + own + 3) * size / SPAN).astype(int) + 1, 0, size)
            box = np.s_[low[1] : high[1], low[0] : high[0]]
            away = np.hypot(x[:, low[0] : high[0]] - np.float32(middle[0]), y[low[1] : high[1]] - np.float32(middle[1]))
            away = away - np.float32(own)
            parts[box][away < np.minimum(far[box], 0)] = (row + reach) * (2 * reach + 1) + column + reach + 1
            np.minimum(far[box], away, out=far[box])
    del u, v
    photo = rng.uniform() < 0.35
    air, sheath, filler, plastic, wire = _section_colours(rng, photo)
    grain = 1 + np.float32(rng.uniform(0.01, 0.06)) * smooth_noise(rng, size, rng.uniform(0.8, 3.0))
    cloth = 1 - smooth_step(far, -0.6, 0.6)
    coat = radius * rng.uniform(0.15, 0.6)
    core = 1 - smooth_step(far, -coat - 0.6, -coat + 0.6)
    colour = filler + cloth * (plastic - filler)
    shade = (1 + rng.uniform(0.0, 0.08) * rng.standard_normal(int(parts.max()) + 1)).astype(np.float32)[parts]
    colour = colour + core * (wire * shade - colour)
    if rng.uniform() < 0.4:  # stranded wires
        fine = smooth_noise(rng, size, rng.uniform(1.2, 2.5))
        colour = colour * (1 - np.float32(0.35) * core * smooth_step(np.abs(fine), 0.5, 0.0))
    skin = 1 - smooth_step(depth, jacket - 0.7, jacket + 0.7)
    colour = colour + skin * (sheath - colour)
    colour = air + smooth_step(depth, -0.7, 0.7) * (colour * grain - air)
    height = np.float32(rng.uniform(0.0, 0.6)) * core if photo else np.zeros_like(core)
    gloss = rng.uniform(0.0, 0.3) if photo else 0.0
    colour = np.clip(colour, 0, 1).astype(np.float32)
    return Surface(height, colour, gloss, filler, depth > 2, "camera" if photo else "tomograph", depth, parts)


def _section_colours(rng: np.random.Generator, photo: bool) -> np.ndarray:
    """Return the colours of air, jacket, filler, insulation and wire, ``(5, 3, 1, 1)``; grey for the tomograph."""
    if photo:
        colours = pick_colours(rng, 5)
        metal = np.array(((0.85, 0.5, 0.3), (0.75, 0.75, 0.76), (0.8, 0.68, 0.4))[rng.integers(3)], np.float32)
        colours[4] = metal[:, None, None]
        return colours
    air, *levels = section_levels(rng)
    return np.array([air, *levels[:4]], np.float32)[:, None, None, None]
