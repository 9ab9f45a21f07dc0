"""The inside of a colon as a camera in it sees it: a tube with folds, in perspective, folds hiding what is behind them.

The tube's radius is a function of depth and angle. Every ray from the axis stays at its angle, so what it hits is
found on one profile: where the radius, divided by the depth, first falls below the ray's slope.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["Bump", "Tube", "View", "Wall", "draw_tube", "draw_view", "look"]

ANGLES, DEPTHS = 384, 256
NEAREST, FARTHEST = 0.12, 24.0
"""Depths that are looked at, in radii of the tube."""


class View(NamedTuple):
    """The camera.

    Attributes:
        slope: float32 ``(H, W)``, tangent of the angle between each ray and the tube's axis.
        angle: float32 ``(H, W)``, of each ray about the axis, radians.
        half_width: tangent of half the angle that the picture takes in.
    """

    slope: np.ndarray
    angle: np.ndarray
    half_width: float


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

    def crop(self, box: tuple[slice, slice]) -> Wall:
        """Return a part of it."""
        return Wall(self.depth[box], self.angle[box], self.place[:, *box])


def draw_view(rng: np.random.Generator, size: int) -> View:
    """Draw where the camera looks: along the tube, aside, or at the wall, round a bend at times."""
    line = ((np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size) - np.float32(0.5)) * 2
    half = rng.uniform(26.0, 48.0)
    corner = np.degrees(np.arctan(np.sqrt(2) * np.tan(np.radians(half))))
    most = 82.0 - corner  # no ray looks backwards
    aside = np.radians(rng.choice((rng.uniform(0.0, 0.5), rng.uniform(0.5, 1.0)), p=(0.55, 0.45)) * most)
    way, half_width = rng.uniform(0, 2 * np.pi), float(np.tan(np.radians(half)))
    along, across = np.array([np.cos(way), np.sin(way), 0.0]), np.array([-np.sin(way), np.cos(way), 0.0])
    ahead = np.array([np.sin(aside) * along[0], np.sin(aside) * along[1], np.cos(aside)])
    right = np.cross(across, ahead)
    # The camera is turned about its own axis, too.
    x, y = line[None, :] * np.float32(half_width), line[:, None] * np.float32(half_width)
    roll = rng.uniform(0, 2 * np.pi)
    first, second = np.cos(roll) * x - np.sin(roll) * y, np.sin(roll) * x + np.cos(roll) * y
    u, v, w = ((ahead[axis] + right[axis] * first + across[axis] * second).astype(np.float32) for axis in range(3))
    u, v = u / w, v / w
    bend, turn = rng.uniform(0.0, 0.3), rng.uniform(0, 2 * np.pi)
    near = np.exp(-3 * (u * u + v * v))
    u, v = u + np.float32(bend * np.cos(turn)) * near, v + np.float32(bend * np.sin(turn)) * near
    return View(np.hypot(u, v) + np.float32(1e-3), np.arctan2(v, u), half_width)


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
        span = slice(*np.searchsorted(depth, (middle.min() - 2.5 * wide, middle.max() + 2.5 * wide)))
        ridge = tall * around * np.exp(-(((depth[span] - middle) / wide) ** 2))
        radius[:, span] -= ridge.astype(np.float32)
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
        radius = radius.copy()
        reach = 1.5 * bump.radius * max(bump.stretch, 1.0)
        span = slice(*np.searchsorted(tube.depth, (bump.depth - reach, bump.depth + reach)))
        angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False, dtype=np.float32)[:, None]
        rise = np.clip(3 * bump.share(tube.depth[span], angle), 0, 1)
        radius[:, span] -= np.float32(bump.height) * rise * (2 - rise)
    depth = _find_depth(np.minimum.accumulate(radius / tube.depth, axis=1), tube.depth, view)
    across = view.slope * depth
    return Wall(depth, view.angle, np.stack([across * np.cos(view.angle), across * np.sin(view.angle), depth]))


def _find_depth(ratio: np.ndarray, depth: np.ndarray, view: View) -> np.ndarray:
    """Return the first depth at which ``ratio``, which never rises with depth, falls below each ray's slope.

    Profiles between two angles are mixtures of both; each is searched by halving.
    """
    row = view.angle * np.float32(ANGLES / (2 * np.pi)) % np.float32(ANGLES)
    first = np.minimum(row.astype(np.int32), ANGLES - 1)
    share = row - first
    one, two = first * DEPTHS, (first + 1) % ANGLES * DEPTHS
    flat = ratio.ravel()

    def at(column: np.ndarray) -> np.ndarray:
        near = flat[one + column]
        return near + share * (flat[two + column] - near)

    low, high = np.zeros_like(first), np.full_like(first, DEPTHS - 1)
    for _ in range(int(np.ceil(np.log2(DEPTHS)))):
        middle = (low + high) >> 1
        above = at(middle) > view.slope
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    before, after = at(low), at(high)
    part = np.clip((before - view.slope) / np.maximum(before - after, np.float32(1e-6)), 0, 1)
    return depth[low] * (depth[high] / depth[low]) ** part
