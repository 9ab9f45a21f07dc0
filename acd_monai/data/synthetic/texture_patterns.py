"""Kinds of material that are made to a plan: weave, print, tiles, mesh."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.texture_fields import (
    blend,
    everywhere,
    fraction,
    odd,
    pick_colours,
    place_plane,
    smooth_noise,
    smooth_step,
    streaks,
)
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["make_mesh", "make_printed", "make_tiled", "make_woven"]


def make_woven(rng: np.random.Generator, size: int) -> Surface:
    """Threads over and under each other in plain weave, twill, satin or basket weave."""
    period = rng.uniform(4.5, 16.0)
    plane = place_plane(rng, size, wobble=0.08 * period)
    (i, fu), (j, fv) = fraction(plane.u / period), fraction(plane.v / period)
    over = (
        (i + j) % 2 == 0,
        (i - j) % 4 < 2,
        (2 * i + j) % 5 != 0,
        (i // 2 + j // 2) % 2 == 0,
    )[rng.integers(4)]
    thickness = np.float32(rng.uniform(0.8, 1.0))
    strands = rng.uniform(0.03, 0.12)
    warp, weft = pick_colours(rng, 2)
    if rng.uniform() < 0.5:
        weft = warp * np.float32(rng.uniform(0.8, 1.15))
    vary = (1 + rng.uniform(0.01, 0.08) * rng.standard_normal((2, 211))).astype(np.float32)
    fuzz = smooth_noise(rng, size, 0.9)
    twist = np.float32(2 * np.pi * rng.uniform(1.0, 2.5))

    def thread(across: np.ndarray, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a thread's relief, 0 beside it, and its brightness."""
        round_ = np.sqrt(np.maximum(1 - (2 * across / thickness) ** 2, 0))
        bulge = 0.55 + 0.45 * np.cos(np.pi * along)
        fibres = 1 + np.float32(strands) * (np.sin(twist * (2 * across + along)) + fuzz)
        return round_ * bulge, (0.35 + 0.65 * round_) * (0.75 + 0.25 * bulge) * fibres

    high_warp, light_warp = thread(fu, fv)
    high_weft, light_weft = thread(fv, fu)
    upper = np.where(over, high_warp, high_weft) > 0
    over = np.where(upper, over, ~over)  # beside the upper thread the lower one shows
    light = np.where(over, light_warp * vary[0][i % 211], light_weft * vary[1][j % 211])
    height = np.where(over, high_warp, high_weft) * np.float32(rng.uniform(0.12, 0.35)) * period
    height = height - np.where(upper, np.float32(0), np.float32(0.15) * period)
    colour = np.where(over, warp, weft) * (light * np.where(upper, 1, np.float32(0.6)))
    return Surface(height, colour, rng.choice((0.0, 0.1)), (warp + weft) * 0.15, everywhere(size))


def make_mesh(rng: np.random.Generator, size: int) -> Surface:
    """Wires that cross above a background, or a sheet with holes."""
    period = rng.uniform(12.0, 34.0)
    plane = place_plane(rng, size, wobble=0.015 * period)
    shear = np.float32(rng.choice((0.0, rng.uniform(0.2, 0.6))))
    u, v = plane.u / period, plane.v / period
    u = u + shear * v
    metal, floor = pick_colours(rng, 2)
    if np.abs(metal - floor).max() < 0.3:
        floor = metal * 0.25
    dust = smooth_noise(rng, size, 1.0)
    if rng.uniform() < 0.6:
        (i, fu), (j, fv) = fraction(u), fraction(v)
        half = np.float32(rng.uniform(0.1, 0.22))
        relief = [np.sqrt(np.maximum(1 - (across / half) ** 2, 0)) for across in (fu, fv)]
        # The wires pass over each other by turns: at a crossing one is up where the other is down.
        lift = (odd(i + j) - np.float32(0.5)) * np.cos(np.pi * fu) * np.cos(np.pi * fv)
        first = np.where(relief[0] > 0, relief[0] + lift, np.float32(-1))
        second = np.where(relief[1] > 0, relief[1] - lift, np.float32(-1))
        top = np.maximum(first, second)
        cover = (top > -1).astype(np.float32)
        height = np.where(top > -1, half * period * top, -2 * half * period)
        bright = 0.5 + 0.5 * np.clip(np.where(first >= second, relief[0], relief[1]), 0, 1)
    else:
        j, fv = fraction(v)
        _, fu = fraction(u + np.float32(rng.choice((0.0, 0.5))) * odd(j))
        power = np.float32(rng.choice((2.0, 2.0, 6.0)))
        radius = np.float32(rng.uniform(0.26, 0.4))
        distance = ((np.abs(fu) ** power + np.abs(fv) ** power) ** (1 / power) - radius) * period
        cover = smooth_step(distance, -0.6, 0.6)
        height = 2.5 * smooth_step(distance, -1.0, 2.0)
        bright = np.ones_like(cover)
    metal_colour = metal * (bright * (1 + np.float32(rng.uniform(0.01, 0.06)) * dust))
    floor_colour = floor * (1 + 0.04 * smooth_noise(rng, size, rng.uniform(1.0, 12.0)))
    colour = blend(floor_colour * np.float32(0.7), metal_colour, cover)
    return Surface(height.astype(np.float32), colour, rng.uniform(0.0, 0.3), floor * 0.7, everywhere(size))


def make_printed(rng: np.random.Generator, size: int) -> Surface:
    """Inks on paper, film or cloth in a motif that repeats."""
    period = rng.uniform(16.0, 52.0)
    plane = place_plane(rng, size, wobble=rng.uniform(0.0, 0.6))
    j, fv = fraction(plane.v / period)
    i, fu = fraction(plane.u / period + np.float32(rng.choice((0.0, 0.5))) * odd(j))
    paper, *inks = pick_colours(rng, 4)
    soft = 0.8 / period
    colour = paper * (1 + np.float32(rng.uniform(0.005, 0.04)) * smooth_noise(rng, size, 1.2))
    total = np.zeros((size, size), dtype=np.float32)
    for ink in inks[: rng.integers(1, 4)]:
        move = rng.uniform(-0.12, 0.12, 2).astype(np.float32)
        distance = _motif(rng, fu + move[0], fv + move[1])
        share = 1 - smooth_step(distance, -soft, soft)
        if rng.uniform() < 0.3:
            share = share * odd(i + j)
        share = share * (1 - np.float32(rng.uniform(0.0, 0.08)) * np.abs(smooth_noise(rng, size, 1.0)))
        colour = blend(colour, ink, share)
        total = np.maximum(total, share)
    height = np.float32(rng.uniform(0.0, 0.3)) * total + np.float32(0.06) * smooth_noise(rng, size, 1.6)
    return Surface(height, colour, rng.choice((0.0, 0.2)), paper * 0.8 + np.float32(0.1), everywhere(size))


def _motif(rng: np.random.Generator, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the distance to a motif's outline, negative inside, in cells."""
    radius = np.float32(rng.uniform(0.12, 0.32))
    far = np.hypot(u, v)
    kind = rng.integers(7)
    if kind == 0:
        return far - radius
    if kind == 1:
        return np.abs(far - radius) - np.float32(0.22) * radius
    if kind == 2:
        return np.minimum(np.maximum(np.abs(u) * 3, np.abs(v)), np.maximum(np.abs(v) * 3, np.abs(u))) - radius
    if kind == 3:
        return np.abs(u) + np.abs(v) - radius
    if kind == 4:
        return np.abs(v + np.float32(0.12) * np.sin(2 * np.pi * u)) - np.float32(0.35) * radius
    if kind == 5:
        petals = np.float32(rng.integers(4, 8))
        return far - radius * (np.float32(0.75) + np.float32(0.35) * np.cos(petals * np.arctan2(v, u)))
    return np.maximum(np.abs(u) - 2 * radius, np.abs(v) - np.float32(0.3) * radius)


def make_tiled(rng: np.random.Generator, size: int) -> Surface:
    """Tiles or bricks with joints, in line or in bond, no two quite alike."""
    width = np.float32(rng.uniform(24.0, 80.0))
    tall = width / np.float32(rng.choice((1.0, 1.0, rng.uniform(1.5, 3.0))))
    turn = np.pi if rng.uniform() < 0.5 else 0.06
    plane = place_plane(rng, size, wobble=rng.uniform(0.0, 0.5), turn=turn)
    j, fv = fraction(plane.v / tall)
    i, fu = fraction(plane.u / width + np.float32(rng.choice((0.0, 0.5))) * odd(j))
    joint = rng.uniform(0.8, 3.0)
    to_edge = np.minimum((0.5 - np.abs(fu)) * width, (0.5 - np.abs(fv)) * tall)
    to_edge = to_edge + np.float32(rng.uniform(0.0, 0.4)) * smooth_noise(rng, size, 2.5)
    tile = smooth_step(to_edge, joint - 0.4, joint + 0.4)
    colours = pick_colours(rng, 3)
    cell = (i * 31 + j * 17) % 251
    shade = (1 + rng.uniform(0.02, 0.12) * rng.standard_normal(251)).astype(np.float32)[cell]
    second = (rng.uniform(size=251) < rng.choice((0.0, 0.2, 0.5))).astype(np.float32)[cell]
    cloud = smooth_noise(rng, size, rng.uniform(4, 14))
    speck = smooth_noise(rng, size, rng.uniform(0.8, 1.8))
    body = blend(colours[0], colours[1], second) * shade
    grain = 1 + np.float32(rng.uniform(0.0, 0.06)) * cloud + np.float32(rng.uniform(0.01, 0.07)) * speck
    if rng.uniform() < 0.3:
        grain = grain + np.float32(0.06) * streaks(rng, plane, 50.0, 3.0)
    grout = colours[2] * (1 + 0.06 * speck)
    colour = blend(grout, body * grain, tile)
    bevel = rng.uniform(1.0, 5.0)
    height = np.float32(rng.uniform(0.5, 1.6)) * smooth_step(to_edge, joint - 0.5, joint + bevel)
    height += np.float32(rng.uniform(0.0, 0.25)) * speck
    return Surface(height, colour, rng.uniform(0.0, 0.25), colours[2] * 0.8, everywhere(size))
