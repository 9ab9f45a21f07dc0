"""The shape of the upper abdomen's organs, as distances to them.

Millimetres, right-anterior-superior, in a cavity of 140 by 90 mm half axes; the trunk's own is stretched to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.abdomen_gut import Gut, draw_gut
from acd_monai.data.synthetic.abdomen_vessels import VesselTree, draw_vessels
from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, smooth_union, tube

__all__ = ["Organs", "diaphragm_distance", "draw_organs", "gallbladder_distance", "kidney_places", "liver_distance"]


class Organs(NamedTuple):
    """One person's organs.

    Attributes:
        right_lobe, left_lobe: half axes, millimetres.
        domes: heights of the diaphragm's right and left half, millimetres.
        spleen, kidney: half axes, millimetres.
        kidneys: heights of the right and the left one.
        gallbladder: its radius; 0 when it was taken out.
        aorta: its radius.
        lobes: field that makes the organs uneven.
        gut: stomach and bowel.
        fine: fine field: faeces, lung vessels, the unevenness of tissue.
        hepatic, portal: vessels within the liver.
        chalk: whether the aorta's wall holds lime.
    """

    right_lobe: tuple[float, float, float]
    left_lobe: tuple[float, float, float]
    domes: tuple[float, float]
    spleen: tuple[float, float, float]
    kidney: tuple[float, float, float]
    kidneys: tuple[float, float]
    gallbladder: float
    aorta: float
    lobes: Waves
    gut: Gut
    fine: Waves
    hepatic: VesselTree
    portal: VesselTree
    chalk: bool


def draw_organs(rng: np.random.Generator) -> Organs:
    """Draw a person's organs."""
    hepatic, portal = draw_vessels(rng)
    return Organs(
        right_lobe=(rng.uniform(64, 76), rng.uniform(76, 90), rng.uniform(76, 100)),
        left_lobe=(rng.uniform(55, 90), rng.uniform(30, 44), rng.uniform(34, 48)),
        domes=(rng.uniform(80, 98), rng.uniform(66, 88)),
        spleen=(rng.uniform(20, 30), rng.uniform(36, 50), rng.uniform(40, 58)),
        kidney=(rng.uniform(24, 30), rng.uniform(22, 27), rng.uniform(46, 58)),
        kidneys=(rng.uniform(-70, -45), rng.uniform(-55, -30)),
        gallbladder=rng.uniform(9, 17) if rng.uniform() < 0.85 else 0.0,
        aorta=rng.uniform(8.5, 12.5),
        lobes=make_waves(rng, 75.0, 12, 0.5),
        gut=draw_gut(rng),
        fine=make_waves(rng, rng.uniform(7, 12), 16, 0.6),
        hepatic=hepatic,
        portal=portal,
        chalk=rng.uniform() < 0.35,
    )


def diaphragm_distance(organs: Organs, places: np.ndarray, lobes: np.ndarray) -> np.ndarray:
    """Return the distance to the diaphragm's two domes, ``(N,)`` mm, below them < 0; ``lobes`` is the unevenness."""
    x, y, z = places
    right = z - organs.domes[0] + np.float32(0.0075) * ((x - 66) ** 2 + (y + 6) ** 2)
    left = z - organs.domes[1] + np.float32(0.0085) * ((x + 66) ** 2 + (y + 4) ** 2)
    return smooth_union(right, left, 4.0) + 3 * lobes


def liver_distance(organs: Organs, places: np.ndarray, cavity: np.ndarray, lobes: np.ndarray) -> np.ndarray:
    """Return the distance to the liver, ``(N,)`` mm, inside < 0.

    Args:
        organs: as drawn.
        places: float32 ``(3, N)``, millimetres.
        cavity: distance to the cavity there, the lungs taken off.
        lobes: the organs' unevenness there.
    """
    x, y, z = places
    right = ellipsoid(places, (66.0, -4.0, 0.0), organs.right_lobe)
    left = ellipsoid(places, (2.0, 40.0, 30.0), organs.left_lobe)
    liver = smooth_union(right, left, 30.0) + 4 * lobes
    kidney = ellipsoid(kidney_places(organs, places, 1.0), (0.0, 0.0, 0.0), organs.kidney)
    middle = ellipsoid(places, (0.0, -40.0, -10.0), (30.0, 40.0, 90.0))
    hilum = ellipsoid(places, (24.0, -2.0, -26.0), (16.0, 12.0, 20.0))
    taken = np.minimum(np.minimum(kidney - 5, middle), hilum)
    if organs.gallbladder:
        taken = np.minimum(taken, gallbladder_distance(organs, places) - 1)
    slit = (
        np.abs(x - 10 - np.float32(0.15) * (y - 40) + 5 * lobes)
        - np.float32(1.4)
        - np.float32(0.06) * np.maximum(20 - z, 0)
    )
    slit = np.maximum(slit, np.maximum(22 - y, z - 34))  # where the round ligament runs
    liver = -smooth_union(-liver, np.minimum(taken, slit), 6.0)
    return -smooth_union(-liver, -(cavity + 1 + np.maximum(lobes, 0)), 4.0)


def kidney_places(organs: Organs, places: np.ndarray, side: float) -> np.ndarray:
    """Return the places from the middle of the right (1) or left (-1) kidney, along its own axes."""
    height = organs.kidneys[0] if side > 0 else organs.kidneys[1]
    x, y, z = side * places[0] - 62, places[1] + 50, places[2] - np.float32(height)
    return np.stack([x + np.float32(0.12) * z, y + np.float32(0.25) * x, z])


def gallbladder_distance(organs: Organs, places: np.ndarray) -> np.ndarray:
    """Return the distance to the gallbladder, ``(N,)`` mm, inside < 0."""
    size = organs.gallbladder
    return tube(places, (34.0, 8.0, -28.0), (46.0, 46.0, -54.0), 0.55 * size, size)
