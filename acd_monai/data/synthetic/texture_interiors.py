"""The inside of pipes and hoses, as a camera on a probe sees it."""

from __future__ import annotations

import colorsys

import numpy as np

from acd_monai.data.synthetic.texture_fields import (
    SPAN,
    Plane,
    blend,
    pick_colours,
    pixel_grid,
    smooth_noise,
    smooth_step,
    streaks,
    wavy,
)
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_pipe_interior"]


def make_pipe_interior(rng: np.random.Generator, size: int) -> Surface:
    """Down a pipe or onto its wall: rings or ribs, dark far away, wet and shiny at times, behind a round mask."""
    y, x = pixel_grid(size)
    ahead = rng.uniform() < 0.6
    centre = SPAN * (rng.uniform(0.25, 0.75, 2) if ahead else rng.choice((-0.6, 1.6), 2)).astype(np.float32)
    dx, dy = x - centre[0], y - centre[1]
    if rng.uniform() < 0.5:  # a bend: what is near lies around another middle
        near = np.clip(np.hypot(dx, dy) / np.float32(SPAN), 0, 1)
        bend = SPAN * rng.uniform(-0.3, 0.3, 2).astype(np.float32)
        dx, dy = dx + bend[0] * near, dy + bend[1] * near
    angle, radius = np.arctan2(dy, dx), np.hypot(dx, dy) + np.float32(1)
    pipe = np.float32(SPAN * rng.uniform(0.35, 0.8))
    section = wavy(rng, angle, rng.uniform(0.0, 0.2), int(rng.integers(2, 6)))
    far = pipe * section / radius  # distance along the pipe, in widths
    if not ahead:
        far = far * np.float32(rng.uniform(1.5, 3.0))
    crumple = smooth_noise(rng, size, rng.uniform(10, 45))
    along = np.log(far) if rng.uniform() < 0.5 else far
    phase = along * np.float32(rng.uniform(1.0, 5.0)) + np.float32(rng.uniform(0.0, 0.15)) * crumple
    bellows = rng.uniform() < 0.45
    if bellows:  # folds that are no rings
        lobes = np.float32(rng.integers(1, 6))
        phase = phase + np.float32(rng.uniform(0.0, 0.35)) * np.cos(lobes * angle + np.float32(rng.uniform(0, 6)))
    rib = 0.5 + 0.5 * np.cos(2 * np.pi * phase)
    rib = rib ** np.float32(rng.choice((1.0, rng.uniform(1.5, 8.0))))  # a wave, or narrow ribs
    base, other = pick_colours(rng, 2) + np.float32(0.08)
    if rng.uniform() < 0.5:  # rubber, copper and rust are red to yellow
        base = np.array(
            colorsys.hsv_to_rgb(rng.uniform(-0.03, 0.12) % 1, rng.uniform(0.15, 0.75), rng.uniform(0.5, 0.95))
        )
        base = base.astype(np.float32)[:, None, None]
    mottle = np.clip(smooth_noise(rng, size, rng.uniform(5, 30)), -2, 2)
    speck = smooth_noise(rng, size, rng.uniform(0.8, 2.5))
    grain = 1 + np.float32(rng.uniform(0.0, 0.12)) * mottle + np.float32(rng.uniform(0.0, 0.08)) * speck
    if rng.uniform() < 0.35:  # drawn metal: scores along the pipe
        lines = Plane(40 * far, angle * np.float32(32 * 12 / np.pi))
        grain = grain + np.float32(rng.uniform(0.03, 0.12)) * streaks(rng, lines, 60.0, 1.5)
    colour = blend(base, other, np.float32(rng.uniform(0.0, 0.35)) * smooth_step(mottle, 0.2, 1.2)) * grain
    tall = rng.choice((0.0, rng.uniform(0.5, 4.0), rng.uniform(2.0, 8.0)))
    colour = colour * (1 - np.float32(min(0.45, 0.08 * tall)) * (1 - rib))
    if bellows:  # a fold lies in the shadow of the one before it
        behind = phase - np.floor(phase)
        behind = behind if rng.uniform() < 0.5 else 1 - behind
        colour = colour * (1 - np.float32(rng.uniform(0.1, 0.6)) * smooth_step(behind, rng.uniform(0.2, 0.8), 1.0))
    fade = np.float32(rng.uniform(0.5, 1.6))
    colour = colour * (smooth_step(radius, 0, float(pipe) * rng.uniform(0.25, 0.9)) ** fade if ahead else 1)
    height = np.float32(tall) * rib * np.clip(radius / pipe, 0.1, 1)  # what is far away is small
    height += (
        np.float32(rng.uniform(0.0, 1.2)) * crumple + np.float32(rng.choice((0.0, rng.uniform(0.0, 0.12)))) * speck
    )
    wet = rng.uniform() < 0.6
    gloss = rng.uniform(0.2, 0.9) if wet else rng.uniform(0.0, 0.2)
    if wet:
        height += np.float32(rng.uniform(0.0, 0.35)) * smooth_noise(rng, size, rng.uniform(3, 12))
    colour = np.clip(colour, 0, 1)
    inside = radius > (0.3 * pipe if ahead else 0)  # further down there is next to no light
    if rng.uniform() < 0.35:  # the probe's own mask
        power = np.float32(rng.choice((2.0, 4.0, 8.0)))
        half = np.float32(SPAN * rng.uniform(0.44, 0.54))
        rim = half - (np.abs(x - SPAN / 2) ** power + np.abs(y - SPAN / 2) ** power + 1) ** (1 / power)
        cover = smooth_step(rim, -1, 1)
        black = np.float32(rng.uniform(0.0, 0.08))
        colour, height = black + cover * (colour - black), height * cover
        inside &= rim > 2
    beneath = base * np.float32(0.25)
    return Surface(height.astype(np.float32), colour.astype(np.float32), gloss, beneath, inside, "borescope")
