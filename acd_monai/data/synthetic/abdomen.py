"""One abdomen, drawn whole and looked at where one likes: Hounsfield units at any places in the scanner's space."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.abdomen_organs import paint_liver, paint_organs
from acd_monai.data.synthetic.abdomen_shape import Organs, diaphragm_distance, draw_organs, liver_distance
from acd_monai.data.synthetic.abdomen_tones import draw_hounsfield
from acd_monai.data.synthetic.abdomen_wall import Trunk, draw_trunk, outline_distance, paint_trunk, spine_distance
from acd_monai.data.synthetic.liver_lesions import LiverLesion, draw_liver_lesion, paint_liver_lesion
from acd_monai.data.synthetic.solid_shapes import Waves, make_waves, paint, share

__all__ = ["Abdomen", "AbdomenView", "draw_abdomen", "draw_liver_place", "look_at_abdomen", "to_scanner"]


class Abdomen(NamedTuple):
    """An abdomen and how it lies in the scanner.

    Attributes:
        trunk, organs: what it is made of.
        hounsfield: of its tissues.
        lesions: in the liver; empty in a healthy one.
        turn: float32 ``(3, 3)``, from the scanner's millimetres to the person's: pose and size.
        middle: float32 ``(3, 1)``, the person's origin in the scanner, RAS+ millimetres.
        warp: field that makes it crooked.
        warp_mm: by how much, millimetres.
    """

    trunk: Trunk
    organs: Organs
    hounsfield: dict[str, float]
    lesions: tuple[LiverLesion, ...]
    turn: np.ndarray
    middle: np.ndarray
    warp: Waves
    warp_mm: float


class AbdomenView(NamedTuple):
    """What is seen at ``N`` places.

    Attributes:
        values: float32 ``(N,)``, Hounsfield units.
        marks: int8 ``(N,)``, number of the lesion there from 1, 0 elsewhere.
        liver: bool ``(N,)``, the liver with its vessels and lesions.
    """

    values: np.ndarray
    marks: np.ndarray
    liver: np.ndarray


def draw_abdomen(rng: np.random.Generator, phase: str, radii: tuple[float, ...] = ()) -> Abdomen:
    """Draw an abdomen.

    Args:
        rng: draws everything.
        phase: one of :data:`~acd_monai.data.synthetic.abdomen_tones.CT_PHASES`.
        radii: of the liver's lesions, millimetres.
    """
    pose = Rotation.from_euler("xyz", rng.normal(0.0, (3.0, 3.0, 3.5)), degrees=True).as_matrix()
    size = rng.uniform(0.9, 1.12) * np.exp(rng.normal(0.0, 0.03, 3))
    hounsfield = draw_hounsfield(rng, phase)
    abdomen = Abdomen(
        trunk=draw_trunk(rng),
        organs=draw_organs(rng),
        hounsfield=hounsfield,
        lesions=(),
        turn=(pose / size[:, None]).astype(np.float32),
        middle=(rng.uniform(-1, 1, 3) * (15.0, 20.0, 0.0)).astype(np.float32).reshape(3, 1),
        warp=make_waves(rng, 160.0, 10),
        warp_mm=rng.uniform(1.0, 4.0),
    )
    lesions = tuple(
        draw_liver_lesion(rng, hounsfield, phase, draw_liver_place(rng, abdomen, radius), radius) for radius in radii
    )
    return abdomen._replace(lesions=lesions)


def draw_liver_place(rng: np.random.Generator, abdomen: Abdomen, radius: float) -> np.ndarray:
    """Return a place in the liver, ``(3,)`` mm, deep enough for most of a lesion of ``radius`` millimetres."""
    low, high = np.array([[-60, -80, -80], [130, 80, 90]], dtype=float)
    places = rng.uniform(low, high, (600, 3)).T.astype(np.float32)
    depth = -_liver(abdomen, places)
    fit = np.flatnonzero(depth > min(0.6 * radius + 1, 16.0))
    return places[:, fit[0] if len(fit) else int(np.argmax(depth))]


def _stretch(abdomen: Abdomen, places: np.ndarray) -> np.ndarray:
    """Return the places in the cavity that the organs are described in."""
    trunk = abdomen.trunk
    return places * np.array([[140 / trunk.half_width], [90 / trunk.half_depth], [1.0]], dtype=np.float32)


def _cavity(abdomen: Abdomen, places: np.ndarray, outline: np.ndarray) -> np.ndarray:
    return np.maximum(outline + 1, 4 - spine_distance(abdomen.trunk, places))


def _liver(abdomen: Abdomen, places: np.ndarray) -> np.ndarray:
    """Return the distance to the liver ``(N,)`` mm, inside < 0."""
    cavity = _cavity(abdomen, places, outline_distance(abdomen.trunk, places))
    inner = _stretch(abdomen, places)
    lobes = abdomen.organs.lobes.at(inner)
    belly = np.maximum(cavity, diaphragm_distance(abdomen.organs, inner, lobes))
    return liver_distance(abdomen.organs, inner, belly, lobes)


def to_scanner(abdomen: Abdomen, places: np.ndarray) -> np.ndarray:
    """Return where places of the person, ``(3, N)``, lie in the scanner, RAS+ millimetres (without the warp)."""
    return np.linalg.solve(abdomen.turn.astype(float), places) + abdomen.middle


def look_at_abdomen(abdomen: Abdomen, scanner: np.ndarray, softness: float) -> AbdomenView:
    """Return what is seen at places of the scanner.

    Args:
        abdomen: as drawn.
        scanner: float32 ``(3, N)``, RAS+ millimetres.
        softness: width of the borders between tissues, about a voxel, millimetres.
    """
    hounsfield = abdomen.hounsfield
    places = abdomen.turn @ (scanner - abdomen.middle)
    places += np.float32(abdomen.warp_mm) * abdomen.warp.shifts(places)
    outline = outline_distance(abdomen.trunk, places)
    values = paint_trunk(abdomen.trunk, hounsfield, places, outline, softness)
    marks, liver = np.zeros(len(values), dtype=np.int8), np.zeros(len(values), dtype=bool)

    inside = np.flatnonzero(outline < softness)
    spot = places[:, inside]
    cavity = _cavity(abdomen, spot, outline[inside])
    inner = _stretch(abdomen, spot)
    part = values[inside]
    belly, lobes = paint_organs(abdomen.organs, hounsfield, part, inner, cavity, softness)
    distance = liver_distance(abdomen.organs, inner, belly, lobes)
    near = np.flatnonzero(distance < softness)
    tones, _ = paint_liver(abdomen.organs, hounsfield, inner[:, near], distance[near], softness)
    room = share(distance[near], softness)
    number = np.zeros(len(near), dtype=np.int8)
    for index, lesion in enumerate(abdomen.lesions, start=1):
        hit = paint_liver_lesion(lesion, spot[:, near], tones, room, softness)
        number[hit & (number == 0)] = index
    organ = part[near]
    paint(organ, tones, room)
    part[near] = organ
    values[inside] = part
    marks[inside[near]], liver[inside[near]] = number, room >= 0.5
    return AbdomenView(values, marks, liver)
