"""What the organs of the upper abdomen show as functions of the place, Hounsfield units.

Places as in ``abdomen_shape``: millimetres in the cavity that the organs are described in.
"""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.abdomen_gut import paint_bowel, paint_pancreas, paint_stomach, stomach_distance
from acd_monai.data.synthetic.abdomen_shape import Organs, diaphragm_distance, gallbladder_distance, kidney_places
from acd_monai.data.synthetic.abdomen_vessels import vessel_distance
from acd_monai.data.synthetic.solid_shapes import ellipsoid, paint, share, tube

__all__ = ["paint_liver", "paint_organs"]


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
        bladder = gallbladder_distance(organs, places)
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
    own = kidney_places(organs, places[:, near], side)
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
