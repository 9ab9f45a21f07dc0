"""A brain as a function of the place: folded cortex, white matter, nuclei, ventricles, cerebellum, stem.

Millimetres, right-anterior-superior, from the middle of the ventricles; sizes are an adult's and vary.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, paint, share, smooth_union, tube

__all__ = ["Brain", "brain_distance", "cerebrum_distance", "draw_brain", "paint_brain", "ventricle_distance"]

_CEREBRUM = (0.0, 0.0, 6.0)
_CEREBELLUM = (0.0, -48.0, -40.0)


class Brain(NamedTuple):
    """One brain.

    Attributes:
        radii: half axes of the cerebrum, millimetres.
        temporal: half axes of a temporal lobe.
        cerebellum: half axes of the cerebellum.
        folds, small_folds: fields that are 0 in the sulci.
        fold_depth: of sulci, millimetres.
        sulcus: half width of a sulcus at the surface, millimetres.
        ribbon: thickness of the cortex, millimetres.
        ventricles: size of the ventricles, 1 in the middle of life.
        fissure: half width of the cleft between the hemispheres.
        curl: field that makes the sulci wind on their way in.
        bend: field of some 50 mm that varies depths and widths from place to place.
        texture: fine field of the tissue's own unevenness.
        unevenness: of tissue, as a share of its tone.
        folia: distance between the leaves of the cerebellum, millimetres.
    """

    radii: tuple[float, float, float]
    temporal: tuple[float, float, float]
    cerebellum: tuple[float, float, float]
    folds: Waves
    small_folds: Waves
    fold_depth: float
    sulcus: float
    ribbon: float
    ventricles: float
    fissure: float
    curl: Waves
    bend: Waves
    texture: Waves
    unevenness: float
    folia: float


def draw_brain(rng: np.random.Generator) -> Brain:
    """Draw a brain, of a young or an old person."""
    age = rng.uniform()
    length = rng.uniform(22.0, 28.0)
    return Brain(
        radii=(rng.uniform(63, 70), rng.uniform(79, 89), rng.uniform(58, 66)),
        temporal=(rng.uniform(19, 23), rng.uniform(36, 42), rng.uniform(22, 27)),
        cerebellum=(rng.uniform(46, 52), rng.uniform(29, 34), rng.uniform(23, 28)),
        folds=make_waves(rng, length, 24, 0.22),
        small_folds=make_waves(rng, 0.6 * length, 24, 0.22),
        fold_depth=rng.uniform(17, 25),
        sulcus=rng.uniform(0.2, 0.5) + 0.9 * age**2,
        ribbon=rng.uniform(2.4, 3.5),
        ventricles=rng.uniform(0.65, 1.0) + 0.6 * age**2,
        fissure=rng.uniform(0.7, 1.3) + 1.0 * age**2,
        curl=make_waves(rng, 34.0, 10),
        bend=make_waves(rng, 60.0, 10),
        texture=make_waves(rng, rng.uniform(5, 12), 16, 0.7),
        unevenness=rng.uniform(0.005, 0.03),
        folia=rng.uniform(3.6, 5.0),
    )


def cerebrum_distance(brain: Brain, places: np.ndarray) -> np.ndarray:
    """Return the distance to the surface of the two hemispheres as if they had no folds, ``(N,)`` mm, inside < 0."""
    x, y, z = places
    dome = ellipsoid(places, _CEREBRUM, brain.radii)
    base = -z - 18 + np.float32(0.15) * y  # the frontal lobes lie on the orbits, higher than the rest
    cut = -smooth_union(-dome, -base, 20.0)
    sided = np.stack([np.abs(x), y - np.float32(0.25) * z, z])
    return smooth_union(cut, ellipsoid(sided, (42.0, 8.0, -20.0), brain.temporal), 8.0)


def hindbrain_distance(brain: Brain, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances to cerebellum and brain stem, ``(N,)`` mm each, inside < 0."""
    x, y, z = places
    rear = ellipsoid(np.stack([np.abs(x) - 4, y, z + np.float32(0.2) * (y + 48)]), _CEREBELLUM, brain.cerebellum)
    notch = ellipsoid(places, (0.0, -84.0, -48.0), (6.0, 14.0, 26.0))
    rear = np.maximum(rear, -notch)
    stem = tube(places, (0.0, -20.0, -34.0), (0.0, -31.0, -95.0), 11.0, 7.0)
    pons = ellipsoid(places, (0.0, -17.0, -36.0), (17.0, 13.0, 14.0))
    sided = np.stack([np.abs(x), y, z])
    foot = tube(sided, (6.0, -15.0, -26.0), (13.0, -8.0, -4.0), 7.0, 9.0)  # the peduncles, up into the hemispheres
    roof = tube(places, (0.0, -25.0, -22.0), (0.0, -22.0, -6.0), 10.0, 10.0)
    return rear, smooth_union(smooth_union(stem, pons, 6.0), smooth_union(foot, roof, 8.0), 4.0)


def brain_distance(brain: Brain, places: np.ndarray) -> np.ndarray:
    """Return the distance to the whole brain without its folds, ``(N,)`` mm, inside < 0."""
    rear, stem = hindbrain_distance(brain, places)
    return smooth_union(cerebrum_distance(brain, places), np.minimum(rear, stem), 3.0)


def ventricle_distance(brain: Brain, places: np.ndarray) -> np.ndarray:
    """Return the distance to the ventricles, ``(N,)`` mm, inside < 0."""
    size = brain.ventricles
    x, y, z = places
    sided = np.stack([np.abs(x), y, z])
    flat = np.stack([np.abs(x), y, np.float32(0.7) * z + 3])  # bodies are taller than wide
    body = tube(flat, (8.0, 33.0, 5.0), (10.5, 0.0, 15.0), 3.8 * size, 5.6 * size)
    rear = tube(flat, (10.5, 0.0, 15.0), (24.0, -40.0, 9.0), 5.6 * size, 6.4 * size)
    occipital = tube(sided, (24.0, -40.0, 6.0), (23.0, -60.0, 3.0), 5.2 * size, 2.2 * size)
    temporal = tube(sided, (25.0, -38.0, 4.0), (33.0, -2.0, -20.0), 4.0 * size, 2.4 * size)
    sides = smooth_union(smooth_union(body, rear, 4.0), np.minimum(occipital, temporal), 3.0)
    sides = np.maximum(sides, np.float32(0.9) - np.abs(x))  # the septum
    third = ellipsoid(places, (0.0, -6.0, -5.0), (2.4 * size, 13.0, 9.0))
    fourth = ellipsoid(places, (0.0, -37.0, -37.0), (7.0 * size, 5.0 * size, 10.0))
    return np.minimum(sides, np.minimum(third, fourth))


def paint_brain(
    brain: Brain, tones: dict[str, float], places: np.ndarray, cerebrum: np.ndarray, softness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tone of every place within the skull's cavity, and the share of it that is brain tissue.

    Args:
        brain: as drawn.
        tones: brightness of the tissues.
        places: float32 ``(3, N)``, millimetres.
        cerebrum: of :func:`cerebrum_distance` there.
        softness: width of the borders between tissues, millimetres.
    """
    values = np.full(places.shape[1], tones["csf"], dtype=np.float32)
    tissue = np.zeros_like(values)
    x, y, z = places
    bend = brain.bend.at(places)

    fore = np.flatnonzero(cerebrum < softness)
    spot, depth, vary = places[:, fore], -cerebrum[fore], bend[fore]
    inwards = np.minimum(depth, _fold_distance(brain, spot, depth, vary))
    grey = share(-inwards, softness)
    tone = np.full(len(fore), tones["grey"], dtype=np.float32)
    paint(tone, tones["white"], share(brain.ribbon * (1 + np.float32(0.15) * vary) - inwards, softness))
    _paint_nuclei(brain, tones, tone, spot + vary, softness)
    values[fore] += grey * (tone - values[fore])
    tissue[fore] = grey

    hind = np.flatnonzero((y < 10) & (z < 0))
    spot = places[:, hind]
    rear, stem = hindbrain_distance(brain, spot)
    part = values[hind]
    paint(part, tones["csf"], share(np.minimum(rear, stem) - np.float32(1.6), softness) * share(spot[2] + 17, 5.0))
    paint(part, _leaves(brain, tones, spot, rear, softness), share(rear, softness))
    paint(part, 0.25 * tones["grey"] + 0.75 * tones["white"], share(stem, softness))
    values[hind] = part
    tissue[hind] = np.maximum(tissue[hind], share(np.minimum(rear, stem), softness))

    wet = share(ventricle_distance(brain, places + bend), softness)
    paint(values, tones["csf"], wet)
    tissue *= 1 - wet
    plexus = ellipsoid(np.stack([np.abs(x), y, z]), (23.0, -36.0, 7.0), (2.5, 6.0, 3.0))
    paint(values, 0.5 * (tones["grey"] + tones["dura"]), wet * share(plexus + 2 * bend, softness))
    values *= 1 + np.float32(brain.unevenness) * brain.texture.at(places)
    return values, tissue


def _fold_distance(brain: Brain, places: np.ndarray, depth: np.ndarray, vary: np.ndarray) -> np.ndarray:
    """Return the distance to the nearest sulcus or fissure, ``(N,)`` mm, below 0 in it."""
    x, y, z = places
    mirrored = np.stack([x + np.float32(40) * np.sign(x), y, z])  # the two sides fold apart
    away = places - np.array(_CEREBRUM, dtype=np.float32)[:, None]
    near = np.sqrt(((away / np.array(brain.radii, dtype=np.float32)[:, None]) ** 2).sum(axis=0))
    near = np.maximum(near, np.float32(0.3))
    bottom = ellipsoid(np.stack([np.zeros_like(x), y, z]), (0.0, -4.0, 4.0), (1e6, 42.0, 25.0))
    cleft = np.hypot(x + vary, np.maximum(-bottom, 0)) - np.float32(brain.fissure)
    # The Sylvian fissure runs backwards and up along the side, over the temporal lobe.
    curl = brain.curl.shifts(places)
    across = np.abs(z + 3 - np.float32(0.45) * (y - 10) + 2 * vary + 4 * curl[2]) * np.float32(0.8)
    short = np.maximum(np.abs(y - 8) - 32, 0)
    sylvian = np.hypot(across, np.maximum(33 - np.abs(x), 0) + short) - np.float32(0.6 + brain.sulcus)
    nearest = np.minimum(cleft, sylvian)
    depth = np.maximum(depth, 62 * (1 - near) - 3)  # the base is nearer than the side, yet sulci come from the side
    # Sulci are sheets that stand on the surface: the field is looked up where the place lies on the surface.
    foot = (mirrored - np.array(_CEREBRUM, dtype=np.float32)[:, None] + 3 * curl) / near
    upright = away / np.linalg.norm(away, axis=0)
    for folds, reach in ((brain.folds, brain.fold_depth), (brain.small_folds, 0.5 * brain.fold_depth)):
        field, slope = folds.with_slope(foot * (np.float32(0.85) + np.float32(0.15) * near))
        slope -= (slope * upright).sum(axis=0) * upright
        sheet = np.abs(field) * near / np.maximum(np.linalg.norm(slope, axis=0), np.float32(1e-4))
        ends = np.maximum(depth - np.float32(reach) * (1 + np.float32(0.3) * vary), 0)
        width = np.float32(brain.sulcus) * (1 + np.float32(0.4) * vary) * (1 - depth / np.float32(1.5 * reach))
        nearest = np.minimum(nearest, np.hypot(sheet, ends) - width)
    return nearest


def _paint_nuclei(brain: Brain, tones: dict[str, float], tone: np.ndarray, places: np.ndarray, softness: float) -> None:
    """Paint the deep grey matter into the white."""
    core = np.flatnonzero((np.abs(places[0]) < 44) & (np.abs(places[1]) < 48) & (np.abs(places[2] - 5) < 30))
    x, y, z = places[:, core]
    sided = np.stack([np.abs(x), y, z])
    wide = 4.0 * (brain.ventricles - 1)
    caudate = ellipsoid(sided, (14.0 + wide, 18.0, 11.0), (4.5, 17.0, 9.0))
    putamen = ellipsoid(
        np.stack([np.abs(x) - np.float32(0.12) * np.abs(y - 4), y, z]), (26.0 + wide / 2, 4.0, 2.0), (5.0, 17.0, 10.0)
    )
    pallidum = ellipsoid(sided, (20.0 + wide / 2, 2.0, 1.0), (4.0, 9.0, 7.0))
    thalamus = ellipsoid(sided, (11.0 + wide / 2, -14.0, 4.0), (8.5, 13.0, 9.0))
    part = tone[core]
    paint(part, tones["nuclei"], share(np.minimum(caudate, putamen), 1.3 * softness))
    paint(part, 0.6 * tones["nuclei"] + 0.4 * tones["white"], share(np.minimum(pallidum, thalamus), 2 * softness))
    tone[core] = part


def _leaves(
    brain: Brain, tones: dict[str, float], places: np.ndarray, distance: np.ndarray, softness: float
) -> np.ndarray:
    """Return the tone of the cerebellum: thin grey leaves around a white tree."""
    x, y, z = places
    angle = np.arctan2(z + 36, -(y + 34)) * np.float32(22)
    wavy = np.cos((angle + 2 * brain.bend.at(3 * places)) * np.float32(2 * np.pi / brain.folia))
    depth = -distance
    white = share(7 + 3 * wavy + 2 * np.cos(np.abs(x) / 4) - depth, 3 * softness)
    stripes = np.float32(0.12) * wavy * (1 - white)
    tone = tones["grey"] + white * (tones["white"] - tones["grey"])
    clefts = np.float32(0.25) * np.clip(np.float32(-0.4) - wavy, 0, 1) * (depth < 5)
    return tone + stripes * (tones["white"] - tones["grey"]) + clefts * (tones["csf"] - tones["grey"])
