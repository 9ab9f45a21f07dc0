"""Polyps on the wall of a colon: sessile and pedunculated ones as bodies in space, flat ones as raised mucosa."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.colon_wall import NEAREST, Bump, Tube, View, Wall, look
from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["POLYPS", "Body", "Grown", "grow_polyp"]

POLYPS = ("flat", "pedunculated", "sessile")


class Body(NamedTuple):
    """An ellipsoid in space: ``|shape @ (p - centre)| < 1``, lengths in radii of the tube."""

    centre: np.ndarray
    shape: np.ndarray


class Grown(NamedTuple):
    """A wall with a polyp.

    Attributes:
        wall: what is hit now.
        mask: bool ``(H, W)``, where that is the polyp.
        inside: float32 ``(H, W)``, from 0 at the polyp's outline to 1 well inside.
    """

    wall: Wall
    mask: np.ndarray
    inside: np.ndarray


def grow_polyp(rng: np.random.Generator, kind: str, tube: Tube, view: View, wall: Wall, scale: float) -> Grown:
    """Put a polyp where the camera can see it; ``scale`` from 1 makes it larger."""
    size = len(wall.depth)
    row, column = rng.uniform(0.16, 0.84, 2) * size
    row, column = int(row), int(column)
    depth, angle = float(wall.depth[row, column]), float(wall.angle[row, column])
    foot = wall.place[:, row, column]
    # Seen radius in shares of the picture, from small to large, and from it the size in space.
    seen = scale * rng.choice((rng.uniform(0.04, 0.1), rng.uniform(0.1, 0.2), rng.uniform(0.2, 0.34)))
    radius = float(np.clip(2 * seen * view.half_width * np.linalg.norm(foot), 0.04, 0.5))
    if kind == "flat":
        lobes = rng.uniform(0.0, 1.0, (5, 2)) * (0.07, 6.0)
        bump = Bump(depth, angle, 1.2 * radius, rng.uniform(0.12, 0.35) * radius, lobes, rng.uniform(0.8, 1.5))
        grown = look(tube, view, bump)
        share = bump.share(grown.depth, grown.angle)
        return Grown(grown, share > 0, np.clip(3 * share, 0, 1))
    inwards = np.array([-np.cos(angle), -np.sin(angle), rng.normal(-0.2, 0.25)])
    inwards /= np.linalg.norm(inwards)
    bodies = _sessile(rng, foot, inwards, radius) if kind == "sessile" else _stalked(rng, foot, inwards, radius)
    return _merge(rng, wall, view, bodies)


def _sessile(rng: np.random.Generator, foot: np.ndarray, inwards: np.ndarray, radius: float) -> list[Body]:
    """Return a dome of one to four lobes."""
    bodies = [_ellipsoid(rng, foot + rng.uniform(-0.15, 0.25) * radius * inwards, inwards, radius, rng.uniform(0.6, 1))]
    for _ in range(int(rng.choice((0, 0, 1, 2, 3)))):
        aside = np.cross(inwards, rng.normal(size=3))
        centre = foot + rng.uniform(0.4, 0.8) * radius * aside / np.linalg.norm(aside)
        bodies.append(_ellipsoid(rng, centre, inwards, radius * rng.uniform(0.45, 0.8), rng.uniform(0.6, 1.0)))
    return bodies


def _stalked(rng: np.random.Generator, foot: np.ndarray, inwards: np.ndarray, radius: float) -> list[Body]:
    """Return a stalk of overlapping balls, bent, and a head on it."""
    radius = min(radius, 0.3)
    length, thick = rng.uniform(1.2, 2.4) * radius, rng.uniform(0.3, 0.5) * radius
    sag = rng.normal(0.0, 0.5, 3)
    path = [foot + inwards * (length * t) + sag * (length * 0.4 * t * t) for t in np.linspace(0, 1, 16)]
    bodies = [
        _ellipsoid(rng, place, inwards, thick * (1.25 - 0.4 * np.sin(np.pi * t / 16)), 1.0)
        for t, place in enumerate(path)
    ]
    bodies.append(_ellipsoid(rng, path[-1] + 0.4 * radius * inwards, inwards, radius * rng.uniform(0.75, 1), 0.85))
    return bodies


def _ellipsoid(rng: np.random.Generator, centre: np.ndarray, axis: np.ndarray, radius: float, flat: float) -> Body:
    """Return an ellipsoid that is ``flat`` times as tall along ``axis`` as it is wide, and a little oblong."""
    first = np.cross(axis, rng.normal(size=3))
    first /= np.linalg.norm(first)
    frame = np.stack([first, np.cross(axis, first), axis])
    widths = radius * np.array([rng.uniform(0.85, 1.25), rng.uniform(0.8, 1.0), flat])
    return Body(centre.astype(np.float32), (frame / widths[:, None]).astype(np.float32))


def _merge(rng: np.random.Generator, wall: Wall, view: View, bodies: list[Body]) -> Grown:
    """Return the nearer of wall and bodies along each ray, with a rounded groove where they meet."""
    size = len(wall.depth)
    u, v = view.slope * np.cos(view.angle), view.slope * np.sin(view.angle)
    # An outline that is a little uneven: rays are bent on their way.
    radius = 1 / np.linalg.norm(bodies[-1].shape, axis=1).mean()
    bent = np.float32(0.08 * radius / max(float(bodies[-1].centre[2]), NEAREST))
    u = u + bent * smooth_field(rng, (size, size), (0.035 * size,) * 2)
    v = v + bent * smooth_field(rng, (size, size), (0.035 * size,) * 2)
    hit = np.full(wall.depth.shape, np.inf, dtype=np.float32)
    for body in bodies:
        middle, reach = body.centre / body.centre[2], 2.5 / np.linalg.norm(body.shape, axis=1).min() / body.centre[2]
        near = np.nonzero((np.abs(u - middle[0]) < reach) & (np.abs(v - middle[1]) < reach))
        rays = np.stack([u[near], v[near], np.ones(len(near[0]), dtype=np.float32)])
        hit[near] = np.minimum(hit[near], _first_hit(rays, body))
    mask = hit < wall.depth
    depth = np.where(mask, hit, wall.depth)
    across = view.slope * depth
    place = np.stack([across * np.cos(view.angle), across * np.sin(view.angle), depth])
    return Grown(Wall(depth, wall.angle, place), mask, mask.astype(np.float32))


def _first_hit(rays: np.ndarray, body: Body) -> np.ndarray:
    """Return the depth at which rays from the origin enter an ellipsoid, infinity where they miss it."""
    way = np.tensordot(body.shape, rays, axes=(1, 0))
    start = body.shape @ body.centre
    a, b = (way * way).sum(axis=0), np.tensordot(start, way, axes=(0, 0))
    root = b * b - a * (start @ start - 1)
    hit = (b - np.sqrt(np.maximum(root, 0))) / a
    return np.where((root > 0) & (hit > NEAREST / 4), hit, np.inf).astype(np.float32)
