"""Kinds of material that repeat without a plan: brushed metal, grains, wood, leather; and an object that lies alone."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import (
    SPAN,
    Plane,
    blend,
    everywhere,
    fraction,
    pick_colours,
    pixel_grid,
    place_plane,
    smooth_noise,
    smooth_step,
    streaks,
)
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_brushed_metal", "make_granular", "make_leather", "make_object", "make_wood"]


_METALS = np.array([[1.0, 1.0, 1.0], [1.04, 1.0, 0.94], [1.12, 1.02, 0.8], [0.95, 1.0, 1.05]], dtype=np.float32)[
    ..., None, None
]  # steel, nickel, brass, zinc
_TIMBER = np.array([1.0, 0.86, 0.66], dtype=np.float32)[:, None, None]


def make_brushed_metal(rng: np.random.Generator, size: int) -> Surface:
    """Fine streaks along a line, or around a centre as a lathe leaves them."""
    plane = place_plane(rng, size)
    if rng.uniform() < 0.3:
        y, x = pixel_grid(size)
        centre = SPAN * rng.uniform(-0.3, 1.3, 2).astype(np.float32)
        radius = np.hypot(x - centre[0], y - centre[1])
        turn = np.arctan2(y - centre[1], x - centre[0])
        plane = Plane(turn * np.float32(64 * 60 / (2 * np.pi)), radius)  # closes on itself: 64 streaks of 60 a turn
    fine = streaks(rng, plane, 60.0, rng.uniform(0.9, 1.8))
    broad = streaks(rng, plane, 60.0, rng.uniform(4.0, 9.0))
    strength = rng.uniform(0.02, 0.09)
    metal = _METALS[rng.integers(len(_METALS))]
    level = np.float32(rng.uniform(0.3, 0.75))
    grey = level * (1 + np.float32(strength) * (fine + 0.5 * broad))
    colour = grey * metal
    height = np.float32(rng.uniform(0.02, 0.12)) * fine
    return Surface(height, colour, rng.uniform(0.05, 0.3), level * metal * 0.35, everywhere(size))


def make_granular(rng: np.random.Generator, size: int) -> Surface:
    """Grains and specks of several colours: granite, terrazzo, sand, rubber crumb."""
    width = rng.uniform(1.2, 5.0)
    colours = pick_colours(rng, 4)
    spread = rng.uniform(0.25, 1.0)  # sand has one colour, granite several
    colours = colours[0] + np.float32(spread) * (colours - colours[0])
    colour = colours[0]
    height = np.zeros((size, size), dtype=np.float32)
    edge = rng.uniform(0.08, 0.3)
    for other, scale in zip(colours[1:], (1.0, rng.uniform(0.5, 0.9), rng.uniform(1.2, 2.2)), strict=True):
        grains = smooth_noise(rng, size, width * scale)
        share = smooth_step(grains, low := rng.uniform(0.2, 1.4), low + edge)
        colour = blend(colour, other, share)
        height += np.float32(0.25 * width * scale) * share
    dust = rng.standard_normal((size, size), dtype=np.float32)
    colour = colour * (1 + np.float32(rng.uniform(0.01, 0.06)) * dust)
    height *= np.float32(rng.uniform(0.0, 0.5))
    return Surface(height, colour, rng.choice((0.0, 0.12)), colours[0] * 0.5, everywhere(size))


def make_wood(rng: np.random.Generator, size: int) -> Surface:
    """Year rings cut lengthwise, with knots and pores, as one piece or in planks."""
    plane = place_plane(rng, size, wobble=rng.uniform(0.0, 2.0))
    width = rng.uniform(40, 110) if rng.uniform() < 0.35 else 4 * SPAN
    plank, across = fraction(plane.v / np.float32(width))
    along = plane.u + 7 * plank.astype(np.float32) * 31
    v = plane.v + 300.0 * plank.astype(np.float32)
    y, x = pixel_grid(size)
    pull = np.zeros((size, size), dtype=np.float32)
    knots = np.zeros((size, size), dtype=np.float32)
    for _ in range(rng.choice((0, 0, 1, 2))):
        centre, radius = SPAN * rng.uniform(0, 1, 2), rng.uniform(4, 11)
        distance = np.hypot(x - np.float32(centre[0]), y - np.float32(centre[1])) / np.float32(radius)
        pull += np.float32(radius * 1.6) * np.exp(-0.35 * distance)
        knots = np.maximum(knots, 1 - smooth_step(distance, 0.5, 1.3))
    bend = streaks(rng, Plane(along, v), rng.uniform(70, 160), rng.uniform(20, 50))
    rings = (v + np.float32(rng.uniform(2, 7)) * bend + pull) / np.float32(rng.uniform(5, 18))
    year, late = fraction(rings)
    shade = rng.uniform(-1, 1, 97).astype(np.float32)[year % 97]
    # Early wood is pale and turns slowly into dark late wood, which ends at once.
    ring = smooth_step(late, -0.5, 0.42) * (1 - smooth_step(late, 0.42, 0.5))
    pores = smooth_step(streaks(rng, Plane(along, v), rng.uniform(10, 25), rng.uniform(0.7, 1.2)), 0.8, 1.8)
    light = pick_colours(rng, 1, hue=rng.uniform(0.05, 0.11))[0] * _TIMBER
    light = light * np.float32(rng.uniform(0.75, 0.95) / light.max())
    dark = light * _TIMBER ** np.float32(rng.uniform(0.4, 1.4)) * np.float32(rng.uniform(0.5, 0.8))
    share = np.clip(ring * (0.75 + 0.25 * shade) + np.float32(rng.uniform(0.1, 0.5)) * pores + 0.8 * knots, 0, 1.3)
    colour = blend(light, dark, share)
    seam = smooth_step(np.abs(across), 0.5 - 1.6 / width, 0.5 - 0.4 / width) if width < SPAN else np.float32(0) * share
    colour = colour * (1 - 0.6 * seam)
    height = -np.float32(rng.uniform(0.1, 0.5)) * pores - 1.5 * seam
    return Surface(height, colour, rng.uniform(0.0, 0.2), light * 0.55, everywhere(size))


def make_leather(rng: np.random.Generator, size: int) -> Surface:
    """Pebbles between creases, wrinkled softly: leather and its imitations."""
    width = rng.uniform(2.0, 5.5)
    first, second, third = (smooth_noise(rng, size, width * scale) for scale in (1.0, 0.8, 1.7))
    # A noise is 0 along closed lines; the lines of several cross each other and cut the hide into pebbles.
    crease = np.minimum(np.minimum(np.abs(first), np.abs(second)), 1.2 * np.abs(third))
    pebble = smooth_step(crease, 0.0, rng.uniform(0.25, 0.6))
    wrinkle = smooth_noise(rng, size, 38.0)
    hue = rng.uniform(0.02, 0.09) if rng.uniform() < 0.6 else None
    base = pick_colours(rng, 1, hue)[0]
    colour = base * (np.float32(1 - rng.uniform(0.15, 0.45)) + np.float32(0.35) * pebble)
    colour = colour * (1 + 0.04 * wrinkle + 0.03 * smooth_noise(rng, size, 9.0))
    height = np.float32(rng.uniform(0.25, 0.6) * width / 2) * pebble + 1.2 * wrinkle
    return Surface(height, colour, rng.uniform(0.05, 0.35), base * 0.6 + np.float32(0.12), everywhere(size))


def make_object(rng: np.random.Generator, size: int) -> Surface:
    """One moulded or turned thing on a plain background: a cap, nut, pill, gear or plate."""
    y, x = pixel_grid(size)
    centre = SPAN * rng.uniform(0.46, 0.54, 2).astype(np.float32)
    turn, stretch = rng.uniform(0, 2 * np.pi), rng.choice((1.0, rng.uniform(0.5, 0.9)))
    dx, dy = x - centre[0], y - centre[1]
    u = np.float32(np.cos(turn)) * dx + np.float32(np.sin(turn)) * dy
    v = (np.float32(np.cos(turn)) * dy - np.float32(np.sin(turn)) * dx) / np.float32(stretch)
    angle = np.arctan2(v, u)
    # Superellipse of power 2 (round) to 8 (nearly square), with teeth or lobes.
    power = np.float32(rng.choice((2.0, 2.0, rng.uniform(3, 8))))
    radius = (np.abs(u) ** power + np.abs(v) ** power + np.float32(1e-6)) ** (1 / power)
    lobes = rng.choice((0, 0, 4, 6, 8, 16, 24))
    wave = np.cos(np.float32(lobes) * angle) if lobes else np.zeros_like(angle)
    edge = SPAN * rng.uniform(0.26, 0.4) * (1 + rng.uniform(0.02, 0.08) * np.clip(2 * wave, -1, 1))
    depth = (edge - radius).astype(np.float32)  # from the outline inwards
    inside = depth > 0
    hole = rng.uniform(0.15, 0.5) * SPAN * 0.3 if rng.uniform() < 0.4 else 0.0
    if hole:
        inside &= radius > hole
        depth = np.minimum(depth, radius - np.float32(hole))
    floor, body, mark, rim = pick_colours(rng, 4)
    if np.abs(floor - body).max() < 0.25:
        floor = np.where(body.mean() > 0.5, body * 0.3, body * 0.3 + np.float32(0.65)).astype(np.float32)
    shadow_at = rng.uniform(2, 8)
    lying = smooth_noise(rng, size, 1.5) * np.float32(rng.uniform(0.0, 0.04)) + 1
    fall = np.float32(1) - np.float32(rng.uniform(0.1, 0.5)) * smooth_step(depth, -3.0 * shadow_at, 0.0)
    colour = floor * (lying * fall)
    grain = smooth_noise(rng, size, rng.uniform(0.8, 4.0))
    body_colour = body * (1 + np.float32(rng.uniform(0.01, 0.1)) * grain)
    rings = fraction(depth / np.float32(rng.uniform(9, 26)))[0] % 2 == 1
    stripes = np.abs(u) < rng.uniform(0.06, 0.25) * SPAN * 0.3
    marks = (rings, stripes, wave > 0.3, np.zeros_like(inside))[rng.integers(4)]
    body_colour = np.where(marks, mark * (1 + 0.03 * grain), body_colour)
    body_colour = np.where((depth < rng.uniform(0.0, 7.0)), rim, body_colour)
    cover = smooth_step(depth, -0.6, 0.6)
    colour = blend(colour, body_colour, cover)
    bevel = rng.uniform(4, 30)
    t = np.clip(depth / np.float32(bevel), 0, 1)
    height = np.float32(bevel * rng.uniform(0.3, 0.8)) * np.sqrt(1 - (1 - t) ** 2 + np.float32(1e-3))
    height = height + (np.float32(rng.uniform(0.0, 0.15)) * grain + np.float32(rng.uniform(0, 1.0)) * marks) * cover
    return Surface(height.astype(np.float32), colour, rng.uniform(0.0, 0.35), floor, inside)
