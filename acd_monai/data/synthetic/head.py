"""One head, drawn whole and looked at where one likes: its tones at any places in the scanner's space."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.brain_shape import Brain, brain_distance, cerebrum_distance, draw_brain
from acd_monai.data.synthetic.head_brain import paint_brain
from acd_monai.data.synthetic.head_lesions import HeadLesion, draw_head_lesion, paint_head_lesion, push_aside
from acd_monai.data.synthetic.head_outside import Outside, draw_outside, paint_outside, skin_distance
from acd_monai.data.synthetic.head_tones import draw_tones
from acd_monai.data.synthetic.solid_shapes import Waves, make_waves, paint, share

__all__ = ["Head", "View", "draw_head", "look_at_head", "to_scanner"]


class Head(NamedTuple):
    """A head and how it lies in the scanner.

    Attributes:
        brain, outside: what it is made of.
        tones: brightness of its tissues.
        lesions: in the brain; empty in a healthy one.
        turn: float32 ``(3, 3)``, from the scanner's millimetres to an adult head's: pose and size.
        middle: float32 ``(3, 1)``, the head's origin in the scanner, RAS+ millimetres.
        warp: field that makes it crooked, and by how many millimetres.
        warp_mm: millimetres.
        stripped: whether everything but the brain is left out, as many collections have it.
    """

    brain: Brain
    outside: Outside
    tones: dict[str, float]
    lesions: tuple[HeadLesion, ...]
    turn: np.ndarray
    middle: np.ndarray
    warp: Waves
    warp_mm: float
    stripped: bool


class View(NamedTuple):
    """What is seen at ``N`` places.

    Attributes:
        values: float32 ``(N,)``, tone from 0 (air).
        marks: int8 ``(N,)``, number of the lesion there from 1, 0 elsewhere.
        tissue: float32 ``(N,)``, share of brain tissue.
    """

    values: np.ndarray
    marks: np.ndarray
    tissue: np.ndarray


def draw_head(
    rng: np.random.Generator, contrast: str, radii: tuple[float, ...] = (), turned: float = 1.0, stripped: bool = False
) -> Head:
    """Draw a head.

    Args:
        rng: draws everything.
        contrast: one of :data:`~acd_monai.data.synthetic.head_tones.MR_CONTRASTS`.
        radii: of the lesions' cores, millimetres.
        turned: how far from straight it lies; 0 is straight and in the middle.
        stripped: leave out all but the brain.
    """
    angles = np.clip(rng.normal(0.0, (9.0, 5.0, 8.0)), -22, 22) * turned
    pose = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    size = rng.uniform(0.9, 1.08) * np.exp(rng.normal(0.0, 0.03, 3))
    middle = rng.uniform(-1, 1, 3) * (8.0, 10.0, 8.0) * turned
    tones = draw_tones(rng, contrast)
    brain = draw_brain(rng)
    return Head(
        brain=brain,
        outside=draw_outside(rng),
        tones=tones,
        warp=make_waves(rng, 130.0, 10),
        warp_mm=rng.uniform(1.0, 2.6),
        lesions=tuple(draw_head_lesion(rng, brain, tones, contrast, radius) for radius in radii),
        turn=(pose / size[:, None]).astype(np.float32),
        middle=middle.astype(np.float32).reshape(3, 1),
        stripped=stripped,
    )


def to_scanner(head: Head, places: np.ndarray) -> np.ndarray:
    """Return where places of the head, ``(3, N)``, lie in the scanner, RAS+ millimetres (without the warp)."""
    return np.linalg.solve(head.turn.astype(float), places) + head.middle


def look_at_head(head: Head, scanner: np.ndarray, softness: float) -> View:
    """Return what is seen at places of the scanner.

    Args:
        head: as drawn.
        scanner: float32 ``(3, N)``, RAS+ millimetres.
        softness: width of the borders between tissues, about a voxel, millimetres.
    """
    values = np.zeros(scanner.shape[1], dtype=np.float32)
    marks, tissue = np.zeros(len(values), dtype=np.int8), np.zeros_like(values)
    places = head.turn @ (scanner - head.middle)
    fit = np.flatnonzero((np.abs(places[0]) < 96) & (np.abs(places[1]) < 124) & (places[2] < 96))
    places = places[:, fit]
    places = places + np.float32(head.warp_mm) * head.warp.shifts(places)
    true = places
    for lesion in head.lesions:
        places = push_aside(lesion, places)
    cerebrum = cerebrum_distance(head.brain, places)
    gap = np.float32(head.outside.gap)
    cavity = np.minimum(cerebrum, brain_distance(head.brain, places)) - gap
    seen = np.zeros(len(fit), dtype=np.float32)
    if not head.stripped:
        skin = skin_distance(head.outside, places, cavity)
        out = np.flatnonzero((cavity > -softness) & (skin < softness))
        seen[out] = paint_outside(head.outside, head.tones, places[:, out], cavity[out], skin[out], softness)
    within = np.flatnonzero(cavity < softness)
    tones, solid = paint_brain(head.brain, head.tones, places[:, within], cerebrum[within], softness)
    number = np.zeros(len(within), dtype=np.int8)
    _paint_dura(head, tones, places[:, within], cavity[within], softness)
    for index, lesion in enumerate(head.lesions, start=1):
        hit = paint_head_lesion(lesion, head.brain, true[:, within], tones, solid, softness)
        number[hit & (number == 0)] = index
    room = share(cavity[within], softness)
    if head.stripped:
        room = room * np.clip(1.6 * share(cavity[within] + gap * 0.7, 2.0), 0, 1)
    number[room < 0.5] = 0
    paint(part := seen[within], tones, room)
    seen[within] = part
    values[fit] = seen
    marks[fit[within]], tissue[fit[within]] = number, solid * room
    return View(values, marks, tissue)


def _paint_dura(head: Head, values: np.ndarray, places: np.ndarray, cavity: np.ndarray, softness: float) -> None:
    """Paint the falx between the hemispheres and the big veins along it."""
    x, y, z = places
    above = np.hypot(y / 50, (z - 2) / 36)
    thin = share(np.abs(x) - np.float32(0.5), softness) * share(1.0 - above, 0.1) * share(10 - z, 6.0)
    vein = np.hypot(x, cavity + 3) - np.float32(3.2)
    paint(values, head.tones["dura"], 0.8 * thin)
    paint(values, head.tones["vessel"], share(vein, softness) * share(5 - z, 10.0))
