"""The organs of the upper abdomen as functions of the place.

Millimetres, right-anterior-superior, in a cavity of 140 by 90 mm half axes; the trunk's own is stretched to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.abdomen_gut import (
    Gut,
    draw_gut,
    paint_bowel,
    paint_pancreas,
    paint_stomach,
    stomach_distance,
)
from acd_monai.data.synthetic.abdomen_vessels import VesselTree, draw_vessels, vessel_distance
from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, paint, share, smooth_union, tube

__all__ = ["Organs", "diaphragm_distance", "draw_organs", "liver_distance", "paint_liver", "paint_organs"]


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
    kidney = ellipsoid(_kidney_places(organs, places, 1.0), (0.0, 0.0, 0.0), organs.kidney)
    middle = ellipsoid(places, (0.0, -40.0, -10.0), (30.0, 40.0, 90.0))
    hilum = ellipsoid(places, (24.0, -2.0, -26.0), (16.0, 12.0, 20.0))
    taken = np.minimum(np.minimum(kidney - 5, middle), hilum)
    if organs.gallbladder:
        taken = np.minimum(taken, _gallbladder(organs, places) - 1)
    slit = (
        np.abs(x - 10 - np.float32(0.15) * (y - 40) + 5 * lobes)
        - np.float32(1.4)
        - np.float32(0.06) * np.maximum(20 - z, 0)
    )
    slit = np.maximum(slit, np.maximum(22 - y, z - 34))  # where the round ligament runs
    liver = -smooth_union(-liver, np.minimum(taken, slit), 6.0)
    return -smooth_union(-liver, -(cavity + 1 + np.maximum(lobes, 0)), 4.0)


def _kidney_places(organs: Organs, places: np.ndarray, side: float) -> np.ndarray:
    """Return the places from the middle of the right (1) or left (-1) kidney, along its own axes."""
    height = organs.kidneys[0] if side > 0 else organs.kidneys[1]
    x, y, z = side * places[0] - 62, places[1] + 50, places[2] - np.float32(height)
    return np.stack([x + np.float32(0.12) * z, y + np.float32(0.25) * x, z])


def _gallbladder(organs: Organs, places: np.ndarray) -> np.ndarray:
    size = organs.gallbladder
    return tube(places, (34.0, 8.0, -28.0), (46.0, 46.0, -54.0), 0.55 * size, size)


def paint_liver(
    organs: Organs, hounsfield: dict[str, float], places: np.ndarray, distance: np.ndarray, softness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Hounsfield units within the liver, and the share of it that is neither vessel nor outside."""
    values = np.full(places.shape[1], hounsfield["liver"], dtype=np.float32)
    values += 2 * organs.fine.at(places)
    hepatic = share(vessel_distance(organs.hepatic, places), softness)
    portal = share(vessel_distance(organs.portal, places), softness)
    paint(values, hounsfield["hepatic"], hepatic)
    paint(values, hounsfield["portal"], portal)
    return values, share(distance, softness) * (1 - np.maximum(hepatic, portal))


def paint_organs(
    organs: Organs,
    hounsfield: dict[str, float],
    values: np.ndarray,
    places: np.ndarray,
    cavity: np.ndarray,
    softness: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Paint all organs but the liver into the cavity's fat, in place.

    Returns:
        The distance to the cavity with the lungs taken off, and the organs' unevenness, both ``(N,)``.
    """
    x, y, z = places
    lobes, fine = organs.lobes.at(places), organs.fine.at(places)
    values += share(cavity, softness) * (6 * fine + 3 * lobes)
    dome = diaphragm_distance(organs, places, lobes)
    belly = np.maximum(cavity, dome)

    paint_bowel(organs.gut, hounsfield, values, places, belly, lobes, fine, softness)
    paint_pancreas(hounsfield, values, places, fine, softness)

    spleen = ellipsoid(places + 3 * lobes, (-98.0, -34.0, 24.0), organs.spleen)
    stomach = stomach_distance(organs.gut, places) + 4 * lobes
    spleen = np.maximum(spleen, 3 - stomach)
    stomach, spleen = np.maximum(stomach, belly + 3), np.maximum(spleen, belly + 3)
    paint(values, hounsfield["spleen"] + 2 * fine, share(spleen, softness))
    paint_stomach(organs.gut, hounsfield, values, y, stomach, softness)

    for side in (1.0, -1.0):
        _paint_kidney(organs, hounsfield, values, places, np.maximum(0, belly + 2), side, fine, softness)
    if organs.gallbladder:
        bladder = _gallbladder(organs, places)
        paint(values, hounsfield["wall"], share(bladder, softness))
        paint(values, hounsfield["bile"], share(bladder + np.float32(1.5), softness))

    lung = np.maximum(cavity + 2, -dome)
    heart = ellipsoid(places, (-26.0, 26.0, 118.0), (62.0, 46.0, 46.0))
    thorax = share(lung, softness) * share(16 - np.abs(x) - np.maximum(y + 25, 0), 10.0)
    paint(values, hounsfield["lung"] + 30 * lobes, thorax)
    paint(values, 20.0, thorax * share(np.float32(2.0) - np.abs(fine) - 0.3 * lobes, 0.5))
    paint(values, 0.5 * (hounsfield["aorta"] + hounsfield["portal"]), share(np.maximum(heart, cavity + 4), softness))

    aorta = np.hypot(x + 13, y + 42) - np.float32(organs.aorta)
    if organs.chalk:
        lime = share(np.abs(aorta + 1) - 1, softness) * share(np.float32(1.0) - lobes, 0.2)
        paint(values, hounsfield["aorta"], share(aorta, softness))
        paint(values, 600.0, lime)
    else:
        paint(values, hounsfield["aorta"], share(aorta, softness))
    sided = np.stack([np.abs(x + 3), y, z])
    crus = tube(sided, (15.0, -46.0, -60.0), (22.0, -34.0, 60.0), 4.0, 3.0)
    paint(values, hounsfield["muscle"], share(np.maximum(crus, 1 - aorta), softness))
    limb = np.abs(sided[0] - 36 + np.float32(0.5) * np.abs(y + 36)) + np.maximum(np.abs(y + 40) - 9, 0)
    adrenal = np.maximum(limb - np.float32(2.2), np.abs(z - 2) - 18)
    paint(values, hounsfield["pancreas"], share(adrenal, softness))
    branch = tube(places, (-12.0, -36.0, -18.0), (-8.0, -12.0, -70.0), 4.0, 3.5)
    paint(values, hounsfield["aorta"], share(branch, softness))
    forward = np.float32(0.16) * np.maximum(z - 10, 0)
    cava = ellipsoid(np.stack([x, y - forward, np.zeros_like(x)]), (22.0, -40.0, 0.0), (12.0, 8.5, 1e6))
    paint(values, hounsfield["cava"], share(np.maximum(cava, cavity + 2), softness))
    return belly, lobes


def _paint_kidney(
    organs: Organs,
    hounsfield: dict[str, float],
    values: np.ndarray,
    places: np.ndarray,
    outside: np.ndarray,
    side: float,
    fine: np.ndarray,
    softness: float,
) -> None:
    near = np.flatnonzero((side * places[0] > 22) & (places[1] < -10))
    own = _kidney_places(organs, places[:, near], side)
    x, y, z = own
    kidney = ellipsoid(own, (0.0, 0.0, 0.0), organs.kidney) + 4 * outside[near]
    sinus = ellipsoid(own, (-14.0, 4.0, 0.0), (18.0, 8.0, 0.5 * organs.kidney[2]))
    pyramid = share(kidney + 7 + 2 * np.cos(z / 4) * np.cos(np.arctan2(y, x) * 4), 2 * softness)
    part = values[near]
    paint(part, hounsfield["cortex"] + fine[near], share(kidney, softness))
    paint(part, hounsfield["medulla"], pyramid * share(kidney, softness))
    paint(part, hounsfield["fat"] + 30, share(sinus, 2 * softness))
    pelvis = ellipsoid(own, (-18.0, 5.0, -4.0), (8.0, 4.0, 9.0))
    paint(part, 10.0, share(pelvis, softness))
    values[near] = part
