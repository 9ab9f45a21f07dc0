"""The vessels within the liver: hepatic veins that run to the cava, portal branches that leave the hilum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.solid_shapes import Waves, make_waves, tube

__all__ = ["VesselTree", "draw_vessels", "vessel_distance"]

_HEPATIC = (
    ((24, -28, 64), (55, -16, 50), (85, -4, 30), (112, 6, 2)),
    ((24, -28, 64), (36, 6, 50), (52, 34, 30), (64, 62, 2)),
    ((24, -28, 64), (10, 4, 56), (-10, 30, 46), (-38, 46, 38)),
)
_PORTAL = (
    ((2, -6, -48), (20, -4, -26), (38, 0, -6)),
    ((38, 0, -6), (62, -4, 0), (84, -30, -4), (112, -44, -10)),
    ((62, -4, 0), (80, 24, 10), (96, 48, 12)),
    ((62, -4, 0), (76, 10, -30), (86, 20, -52)),
    ((38, 0, -6), (18, 22, 12), (0, 38, 22), (-40, 48, 24)),
    ((18, 22, 12), (14, 52, 20), (16, 68, 24)),
)


class VesselTree(NamedTuple):
    """Straight pieces of vessels.

    Attributes:
        pieces: float32 ``(M, 8)``: start, end, radius at either, millimetres.
        winding: field that bends them.
    """

    pieces: np.ndarray
    winding: Waves


def draw_vessels(rng: np.random.Generator) -> tuple[VesselTree, VesselTree]:
    """Draw the hepatic veins and the portal branches of a liver."""
    return _grow(rng, _HEPATIC, rng.uniform(4.2, 6.5)), _grow(rng, _PORTAL, rng.uniform(4.8, 7.0))


def _grow(rng: np.random.Generator, courses: tuple, radius: float) -> VesselTree:
    pieces = []
    for course in courses:
        points = np.array(course, dtype=float)
        points[1:] += rng.normal(0.0, 5.0, points[1:].shape)
        radii = radius * np.linspace(1.0, 0.5, len(points))
        for start, end, first, last in zip(points, points[1:], radii, radii[1:], strict=False):
            pieces.append((*start, *end, first, last))
            for _ in range(4):
                root = start + rng.uniform(0.3, 1.0) * (end - start)
                twig = rng.normal(size=3)
                twig = 0.6 * (end - start) / np.linalg.norm(end - start) + twig / np.linalg.norm(twig)
                tip = root + twig * rng.uniform(16, 34)
                thick = rng.uniform(0.3, 0.5) * first
                pieces.append((*root, *tip, thick, 0.6 * thick))
                fork = tip + rng.normal(0.0, 9.0, 3)
                pieces.append((*tip, *fork, 0.6 * thick, 0.35 * thick))
    return VesselTree(np.array(pieces, dtype=np.float32), make_waves(rng, 55.0, 8))


def vessel_distance(tree: VesselTree, places: np.ndarray) -> np.ndarray:
    """Return the distance to the nearest vessel, ``(N,)`` mm, inside < 0; far from all of them only a bound."""
    places = places + 4 * tree.winding.shifts(places)
    distance = np.full(places.shape[1], 10.0, dtype=np.float32)
    if not places.shape[1]:
        return distance
    low, high = places.min(axis=1), places.max(axis=1)
    for piece in tree.pieces:
        start, end, reach = piece[:3], piece[3:6], piece[6] + 3
        near_low, near_high = np.minimum(start, end) - reach, np.maximum(start, end) + reach
        if (near_low > high).any() or (near_high < low).any():
            continue
        box = (places > near_low[:, None]) & (places < near_high[:, None])
        near = np.flatnonzero(box.all(axis=0))
        if len(near):
            distance[near] = np.minimum(distance[near], tube(places[:, near], start, end, piece[6], piece[7]))
    return distance
