"""Lesions of the liver: cysts, and solid ones that take up less or more contrast agent, with a rim or without."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.lesion_shape import LesionShape, draw_lesion_shape
from acd_monai.data.synthetic.solid_shapes import paint, share

__all__ = ["LiverLesion", "draw_liver_lesion", "paint_liver_lesion"]


class LiverLesion(NamedTuple):
    """One lesion.

    Attributes:
        body: where it is.
        core, rim, centre: Hounsfield units; NaN for a part that it lacks.
        rim_width: millimetres.
        necrosis: depth under the surface at which the centre begins, millimetres.
        margin: width of its border, millimetres.
        grain: unevenness of the core, Hounsfield units.
    """

    body: LesionShape
    core: float
    rim: float
    centre: float
    rim_width: float
    necrosis: float
    margin: float
    grain: float


def draw_liver_lesion(
    rng: np.random.Generator, hounsfield: dict[str, float], phase: str, centre: np.ndarray, radius: float
) -> LiverLesion:
    """Draw a lesion of ``radius`` millimetres around ``centre`` ``(3,)``."""
    liver = hounsfield["liver"]
    rim = middle = np.nan
    kind = rng.uniform()
    margin, ragged = rng.uniform(0.5, 4.0), 1.0
    if kind < 0.2:  # a cyst
        core, margin, ragged = min(rng.uniform(0.0, 18.0), liver - 20), 0.5, 0.4
    elif kind < 0.78:  # takes up less than the liver
        core = liver - rng.uniform(14.0, max(24.0, min(70.0, liver - 15.0)))
    else:  # takes up more
        core = liver + rng.uniform(18.0, 40.0 if phase == "native" else 75.0)
    if kind >= 0.2 and radius > 5:
        if rng.uniform() < 0.35 and phase != "native":
            rim = liver + rng.uniform(12.0, 60.0)
        if rng.uniform() < 0.3:
            middle = rng.uniform(5.0, 30.0)
    return LiverLesion(
        body=draw_lesion_shape(rng, centre, radius, ragged),
        core=core,
        rim=rim,
        centre=middle,
        rim_width=rng.uniform(1.5, 4.0),
        necrosis=radius * rng.uniform(0.25, 0.6),
        margin=min(margin, 0.35 * radius),
        grain=rng.uniform(0.0, 8.0),
    )


def paint_liver_lesion(
    lesion: LiverLesion, places: np.ndarray, values: np.ndarray, within: np.ndarray, softness: float
) -> np.ndarray:
    """Paint a lesion into the liver's Hounsfield units, in place.

    Args:
        lesion: as drawn.
        places: float32 ``(3, N)``, millimetres.
        values: Hounsfield units there.
        within: share of the liver there, vessels counted in.
        softness: width of borders, millimetres.

    Returns:
        bool ``(N,)``: the lesion.
    """
    mask = np.zeros(places.shape[1], dtype=bool)
    far = np.abs(places - lesion.body.centre).max(axis=0)
    near = np.flatnonzero(far < 2 * lesion.body.radius + 3)
    if not len(near):
        return mask
    spot, part, liver = places[:, near], values[near], within[near]
    distance = lesion.body.distance(spot)
    inside = share(distance, max(softness, lesion.margin))
    paint(part, lesion.core + lesion.grain * lesion.body.edge.at(spot * 2), inside)
    if np.isfinite(lesion.centre):
        paint(part, lesion.centre, share(distance + lesion.necrosis, 3 * softness))
    if np.isfinite(lesion.rim):
        width = np.float32(lesion.rim_width) * (1 + np.float32(0.35) * lesion.body.lobes.at(spot))
        paint(part, lesion.rim, share(np.abs(distance + width / 2) - width / 2, softness))
    values[near] = part
    mask[near] = (inside >= 0.5) & (liver >= 0.5)
    return mask
