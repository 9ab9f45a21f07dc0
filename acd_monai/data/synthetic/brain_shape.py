"""The shape of a brain as distances to its parts: hemispheres, cerebellum, stem and ventricles.

Millimetres, right-anterior-superior, from the middle of the ventricles; sizes are an adult's and vary.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, smooth_union, tube

__all__ = [
    "CEREBRUM",
    "Brain",
    "brain_distance",
    "cerebrum_distance",
    "draw_brain",
    "hindbrain_distance",
    "ventricle_distance",
]

CEREBRUM = (0.0, 0.0, 6.0)
"""Middle of the hemispheres."""

CEREBELLUM = (0.0, -48.0, -40.0)


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
    dome = ellipsoid(places, CEREBRUM, brain.radii)
    base = -z - 18 + np.float32(0.15) * y  # the frontal lobes lie on the orbits, higher than the rest
    cut = -smooth_union(-dome, -base, 20.0)
    sided = np.stack([np.abs(x), y - np.float32(0.25) * z, z])
    return smooth_union(cut, ellipsoid(sided, (42.0, 8.0, -20.0), brain.temporal), 8.0)


def hindbrain_distance(brain: Brain, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances to cerebellum and brain stem, ``(N,)`` mm each, inside < 0."""
    x, y, z = places
    rear = ellipsoid(np.stack([np.abs(x) - 4, y, z + np.float32(0.2) * (y + 48)]), CEREBELLUM, brain.cerebellum)
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
