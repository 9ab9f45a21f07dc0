"""The inside of a colon as a camera in it sees it: a tube with folds, in perspective, folds hiding what is behind them.

The tube's radius is a function of depth and angle. Every ray from the axis stays at its angle, so what it hits is
found on one profile: where the radius, divided by the depth, first falls below the ray's slope.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["Bump", "Tube", "View", "Wall", "draw_tube", "draw_view", "look"]

ANGLES, DEPTHS = 192, 224
NEAREST, FARTHEST = 0.25, 24.0
"""Depths that are looked at, in radii of the tube."""


class View(NamedTuple):
    """The camera.

    Attributes:
        slope: float32 ``(H, W)``, tangent of the angle between each ray and the tube's axis.
        angle: float32 ``(H, W)``, of each ray about the axis, radians.
    """

    slope: np.ndarray
    angle: np.ndarray


class Tube(NamedTuple):
    """A healthy colon.

    Attributes:
        depth: float32 ``(DEPTHS,)``.
        radius: float32 ``(ANGLES, DEPTHS)``.
    """

    depth: np.ndarray
    radius: np.ndarray


class Bump(NamedTuple):
    """A flat polyp: mucosa that stands a little higher.

    Attributes:
        depth, angle: its middle on the wall.
        radius: its half width, in radii of the tube.
        height: how far it stands out.
        lobes: amplitude and phase of its outline's waves.
        stretch: length over width.
    """

    depth: float
    angle: float
    radius: float
    height: float
    lobes: np.ndarray
    stretch: float

    def share(self, depth: np.ndarray, angle: np.ndarray) -> np.ndarray:
        """Return how far from its outline wall points lie: 1 in the middle, 0 on the outline, negative outside."""
        u = (depth - np.float32(self.depth)) / np.float32(self.radius * self.stretch)
        turn = (angle - np.float32(self.angle) + np.float32(np.pi)) % np.float32(2 * np.pi) - np.float32(np.pi)
        v = turn / np.float32(self.radius)
        way = np.arctan2(v, u)
        outline = np.float32(1)
        for count, (size, phase) in enumerate(self.lobes, start=2):
            outline = outline + np.float32(size) * np.cos(count * way + np.float32(phase))
        return 1 - np.hypot(u, v) / outline


class Wall(NamedTuple):
    """What each ray hits, float32 ``(H, W)``, lengths in radii of the tube.

    Attributes:
        depth: along the axis.
        angle: about it.
        place: ``(3, H, W)``, x to the right, y down, z away from the camera.
    """

    depth: np.ndarray
    angle: np.ndarray
    place: np.ndarray


def draw_view(rng: np.random.Generator, size: int) -> View:
    """Draw where the camera looks: along the tube, aside, or at the wall, round a bend at times."""
    line = ((np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size) - np.float32(0.5)) * 2
    y, x = line[:, None], line[None, :]
    aside = rng.choice((rng.uniform(0.0, 0.5), rng.uniform(0.5, 1.1), rng.uniform(1.1, 1.9)), p=(0.4, 0.35, 0.25))
    way, focus = rng.uniform(0, 2 * np.pi), rng.uniform(0.6, 1.1)
    u, v = x - np.float32(aside * np.cos(way)), y - np.float32(aside * np.sin(way))
    bend, turn = rng.uniform(0.0, 0.3), rng.uniform(0, 2 * np.pi)
    near = np.exp(-3 * (u * u + v * v))
    u, v = u + np.float32(bend * np.cos(turn)) * near, v + np.float32(bend * np.sin(turn)) * near
    return View((np.hypot(u, v) / np.float32(focus) + np.float32(1e-3)), np.arctan2(v, u))


def draw_tube(rng: np.random.Generator) -> Tube:
    """Draw a colon: its cross-section, its folds at uneven distances, its unevenness."""
    depth = np.geomspace(NEAREST, FARTHEST, DEPTHS, dtype=np.float32)
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False, dtype=np.float32)[:, None]
    radius = np.ones((ANGLES, DEPTHS), dtype=np.float32)
    for lobes, most in ((2, 0.1), (3, 0.16), (5, 0.04)):
        twist = rng.normal(0.0, 0.15) * depth
        radius += np.float32(rng.uniform(0, most)) * np.cos(lobes * angle + twist + rng.uniform(0, 2 * np.pi))
    radius += np.float32(rng.uniform(0.0, 0.06)) * _round(rng, 1.5, 14.0)
    radius += np.float32(rng.uniform(0.0, 0.012)) * _round(rng, 0.3, 3.0)
    at, spacing, strength = rng.uniform(0.2, 1.3), rng.uniform(0.5, 1.5), rng.uniform(0.08, 0.42)
    while at < FARTHEST:
        tall = strength * rng.uniform(0.3, 1.3)
        wide = rng.uniform(0.06, 0.17) * (1 + 0.5 * tall)
        lean = rng.uniform(0.0, 0.5) * np.cos(angle - rng.uniform(0, 2 * np.pi))
        middle = at + lean + 0.08 * np.cos(3 * angle + rng.uniform(0, 6))
        # Folds reach round a part of the wall, between the bands of muscle.
        around = 0.55 + 0.45 * np.cos(rng.integers(1, 4) * angle + rng.uniform(0, 2 * np.pi))
        radius -= (tall * around * np.exp(-(((depth - middle) / wide) ** 2))).astype(np.float32)
        at += spacing * rng.uniform(0.5, 1.6)
    # It ends in the dark, or at a bend.
    end = rng.uniform(4.0, 16.0)
    radius *= np.clip(2.5 - depth / np.float32(end), 0.05, 1)
    return Tube(depth, np.maximum(radius, np.float32(0.05)))


def _round(rng: np.random.Generator, around: float, along: float) -> np.ndarray:
    """Return smooth noise on the tube, the same at 0 and at 2 pi; widths in radians and in steps of depth."""
    steps = around * ANGLES / (2 * np.pi)
    noise = smooth_field(rng, (2 * ANGLES, DEPTHS), (steps, along))
    fade = np.linspace(0, 1, ANGLES, dtype=np.float32)[:, None]
    mixed = noise[:ANGLES] * fade + noise[ANGLES:] * (1 - fade)
    return mixed / np.sqrt(fade**2 + (1 - fade) ** 2)


def look(tube: Tube, view: View, bump: Bump | None = None) -> Wall:
    """Return what the camera's rays hit."""
    radius = tube.radius
    if bump is not None:
        angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False, dtype=np.float32)[:, None]
        share = np.clip(bump.share(tube.depth, angle), 0, 1)
        radius = radius - np.float32(bump.height) * np.minimum(3 * share, 1) * (2 - np.minimum(3 * share, 1))
    ratio = np.minimum.accumulate(radius / tube.depth, axis=1)
    # Slopes at even steps of their logarithm, as depths are.
    low, high = np.log(view.slope.min()), np.log(view.slope.max())
    slopes = np.linspace(low, high, DEPTHS, dtype=np.float32)
    logs, heights = np.log(tube.depth[::-1]), np.log(ratio[:, ::-1])
    table = np.stack([np.interp(slopes, line, logs) for line in heights]).astype(np.float32)
    row = view.angle * np.float32(ANGLES / (2 * np.pi))
    column = (np.log(view.slope) - low) * np.float32((DEPTHS - 1) / (high - low))
    table = np.concatenate([table, table[:1]])
    depth = np.exp(
        ndimage.map_coordinates(table, [row % np.float32(ANGLES), column], order=1, mode="nearest", prefilter=False)
    )
    across = view.slope * depth
    return Wall(depth, view.angle, np.stack([across * np.cos(view.angle), across * np.sin(view.angle), depth]))
