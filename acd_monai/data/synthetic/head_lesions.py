"""Lesions of the brain: core, rim, necrosis and oedema, and how they push their surroundings aside."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.brain_shape import (
    Brain,
    brain_distance,
    cerebrum_distance,
    hindbrain_distance,
    ventricle_distance,
)
from acd_monai.data.synthetic.lesion_shape import LesionShape, draw_lesion_shape
from acd_monai.data.synthetic.solid_shapes import paint, share

__all__ = ["HeadLesion", "draw_brain_place", "draw_head_lesion", "paint_head_lesion", "push_aside"]

_FAINTEST = 0.15
"""Least difference of a lesion's core from white and grey matter, as a share of white matter's tone."""


class HeadLesion(NamedTuple):
    """One lesion.

    Attributes:
        body: where the core is.
        core, centre, rim: tones; NaN for a part that it lacks.
        oedema: by which share it changes the tissue's tone; 0 without.
        rim_width: millimetres.
        necrosis: depth under the surface at which the centre begins, millimetres.
        spread: of the oedema beyond the core, millimetres.
        push: how far the surroundings give way, millimetres.
        grain: unevenness of the core, as a share of its tone.
    """

    body: LesionShape
    core: float
    centre: float
    rim: float
    oedema: float
    rim_width: float
    necrosis: float
    spread: float
    push: float
    grain: float


def draw_head_lesion(
    rng: np.random.Generator, brain: Brain, tones: dict[str, float], contrast: str, radius: float
) -> HeadLesion:
    """Draw a lesion of ``radius`` millimetres somewhere in the brain's tissue."""
    white = tones["white"]
    # What is rich in water is dark on T1 and bright on the others; blood, fat, lime and metal turn that round.
    usual = -1.0 if contrast in ("t1", "t1c") else 1.0
    sign = usual if rng.uniform() < 0.82 else -usual
    core, rim, centre = tones["grey"], np.nan, np.nan
    while min(abs(core - white), abs(core - tones["grey"])) < _FAINTEST * white:
        core = white * (1 + sign * rng.uniform(_FAINTEST, 0.75 if sign < 0 else 1.0))
    if radius > 5 and rng.uniform() < (0.6 if contrast == "t1c" else 0.3):
        rim = white * (1 + rng.uniform(0.25, 0.7) * (1 if contrast == "t1c" else rng.choice((-0.7, 1.0))))
    if radius > 6 and rng.uniform() < 0.45:
        centre = white + (tones["csf"] - white) * rng.uniform(0.5, 0.95)
    oedema = usual * rng.uniform(0.12, 0.3 if usual < 0 else 0.5) if rng.uniform() < 0.65 else 0.0
    return HeadLesion(
        body=draw_lesion_shape(rng, draw_brain_place(rng, brain, radius), radius),
        core=core,
        centre=centre,
        rim=rim,
        oedema=oedema,
        rim_width=rng.uniform(1.5, 4.0),
        necrosis=radius * rng.uniform(0.2, 0.6),
        spread=rng.uniform(3.0, 5.0 + 0.45 * radius),
        push=rng.uniform(0.0, 0.35) * radius,
        grain=rng.uniform(0.0, 0.12),
    )


def draw_brain_place(rng: np.random.Generator, brain: Brain, radius: float) -> np.ndarray:
    """Return a place in the tissue, ``(3,)`` mm, deep enough for most of a lesion, mostly in the hemispheres."""
    low, high = np.array([[-70, -92, -68], [70, 92, 72]], dtype=float)
    rear = rng.uniform() < 0.12
    places = rng.uniform(low, high, (400, 3)).T.astype(np.float32)
    depth = -(np.minimum(*hindbrain_distance(brain, places)) if rear else cerebrum_distance(brain, places))
    if rear:
        depth = np.where(places[2] > -66, depth, -1)
    free = (depth > 2 + min(0.5 * radius, 12.0)) & (ventricle_distance(brain, places) > 1 + 0.3 * radius)
    fit = np.flatnonzero(free) if free.any() else [int(np.argmax(depth))]
    return places[:, fit[0]]


def push_aside(lesion: HeadLesion, places: np.ndarray) -> np.ndarray:
    """Return where the places lay before the lesion grew, ``(3, N)``."""
    if lesion.push < 0.5:
        return places
    away = places - lesion.body.centre
    far = np.sqrt((away * away).sum(axis=0)) + np.float32(1e-3)
    reach = np.float32(1.2 * lesion.body.radius + 6)
    return places - away * (np.float32(lesion.push) * np.exp(-((far / reach) ** 2)) / reach)


def paint_head_lesion(
    lesion: HeadLesion,
    brain: Brain,
    places: np.ndarray,
    values: np.ndarray,
    tissue: np.ndarray,
    softness: float,
) -> np.ndarray:
    """Paint a lesion into the brain's tones, in place.

    Args:
        lesion: as drawn.
        brain: that it is in; nothing outside of it is touched.
        places: float32 ``(3, N)``, millimetres.
        values: tones there.
        tissue: share of brain tissue there; the core counts as tissue afterwards.
        softness: width of borders, millimetres.

    Returns:
        bool ``(N,)``: core and oedema.
    """
    mask = np.zeros(places.shape[1], dtype=bool)
    far = np.abs(places - lesion.body.centre).max(axis=0)
    near = np.flatnonzero(far < 1.9 * lesion.body.radius + lesion.spread + 4)
    if not len(near):
        return mask
    spot = places[:, near]
    distance = lesion.body.distance(spot)
    part, solid = values[near], tissue[near]
    if lesion.oedema:
        # Water runs along the white matter: fingers, and only in tissue.
        uneven = lesion.body.edge.at(spot * 0.6) + lesion.body.lobes.at(spot)
        fingers = distance - np.float32(lesion.spread) * (1 + np.float32(0.3) * uneven)
        swollen = solid * share(fingers, 2.5 * softness)
        part *= 1 + np.float32(lesion.oedema) * swollen
        mask[near] |= swollen >= 0.5
    room = share(brain_distance(brain, spot) + 1, softness) * (1 - share(ventricle_distance(brain, spot), softness))
    inside = share(distance, softness) * room
    paint(part, lesion.core * (1 + np.float32(lesion.grain) * lesion.body.edge.at(spot * 2)), inside)
    if np.isfinite(lesion.centre):
        paint(part, lesion.centre, share(distance + np.float32(lesion.necrosis), 2 * softness) * inside)
    if np.isfinite(lesion.rim):
        width = np.float32(lesion.rim_width) * (1 + np.float32(0.4) * lesion.body.lobes.at(spot))
        paint(part, lesion.rim, share(np.abs(distance + width / 2) - width / 2, softness) * inside)
    values[near] = part
    tissue[near] = np.maximum(solid, inside)
    mask[near] |= inside >= 0.5
    return mask
