"""Single slices of abdominal CT through the liver, made without the volume around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.abdomen import Abdomen, draw_abdomen, draw_liver_place, look_at_abdomen, to_scanner
from acd_monai.data.synthetic.abdomen_tones import CT_PHASES
from acd_monai.data.synthetic.abdominal_ct import draw_liver_radii
from acd_monai.data.synthetic.ct_acquisition import CTScan, acquire_ct, draw_ct_scan
from acd_monai.data.synthetic.phantom_pictures import (
    SlicePicture,
    check_picture,
    draw_slice_middle,
    equalise,
    picture_layer,
    plane_turn,
    window_ct_slice,
)
from acd_monai.data.synthetic.voxel_grid import make_affine, slice_places, spacing_of

__all__ = ["LiverCase", "draw_liver_case", "make_liver_slice", "slice_liver"]

LEVELS = {"axial": (-70.0, 82.0), "coronal": (-55.0, 60.0), "sagittal": (-20.0, 105.0)}
"""Where slices may lie along their normal, millimetres from the middle of the trunk."""

SMALLEST_LESION = 14 / 256**2
SMALLEST_LIVER = 0.012
"""Least shares of a picture that a lesion and the liver take up."""

ATTEMPTS = 4


class LiverCase(NamedTuple):
    """An abdomen in a scanner with its protocol.

    Attributes:
        abdomen: as drawn.
        scan: the scanner's faults.
        phase: of the scan.
        plane: one of the planes.
        turn: ``(3, 3)``, the slices' directions.
        field_mm: width and height of the picture, millimetres.
    """

    abdomen: Abdomen
    scan: CTScan
    phase: str
    plane: str
    turn: np.ndarray
    field_mm: float


def make_liver_slice(
    seed: int,
    size: int = 256,
    lesion: bool = False,
    *,
    phase: str | None = None,
    plane: str | None = None,
    liver_only: bool = False,
) -> SlicePicture:
    """Make one slice of an abdomen through its liver, in the liver window; the same arguments give the same slice.

    Args:
        seed: from 0; chooses everything that is not given.
        size: height and width, pixels, from 64.
        lesion: whether a lesion is in it.
        phase: one of :data:`~acd_monai.data.synthetic.CT_PHASES`; drawn when None.
        plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``; drawn when None, mostly axial.
        liver_only: black out all but the liver and equalise it, as BMAD (Bao et al. 2024) does.

    Raises:
        ConfigError: a negative seed, too small a size, an unknown phase or plane.

    Example:
        >>> picture = make_liver_slice(3, size=64, lesion=True)
        >>> picture.image.shape, bool(picture.mask.any())
        ((64, 64), True)
    """
    check_picture(seed, size, plane)
    rng = np.random.default_rng([seed, int(lesion)])
    while True:
        case = draw_liver_case(rng, lesion, phase, plane)
        picture = slice_liver(case, rng, size, lesion)
        if picture is not None:
            return picture._replace(image=equalise(picture.image, picture.organ)) if liver_only else picture


def draw_liver_case(
    rng: np.random.Generator, lesion: bool, phase: str | None = None, plane: str | None = None
) -> LiverCase:
    """Draw an abdomen, its liver healthy or with one to four lesions, a scanner and a plane."""
    phase = phase or str(rng.choice(CT_PHASES, p=(0.2, 0.15, 0.5, 0.15)))
    plane = plane or str(rng.choice(("axial", "coronal", "sagittal"), p=(0.92, 0.05, 0.03)))
    radii = draw_liver_radii(rng, int(rng.choice((1, 2, 3, 4), p=(0.65, 0.15, 0.12, 0.08)))) if lesion else ()
    abdomen = draw_abdomen(rng, phase, radii)
    tilt = Rotation.from_euler("x", rng.normal(0.0, 2.0), degrees=True).as_matrix()
    trunk = abdomen.trunk
    width = 2 * (trunk.half_width + trunk.wall + 1.4 * trunk.fat) / float(np.linalg.norm(abdomen.turn[0]))
    return LiverCase(
        abdomen,
        draw_ct_scan(rng),
        phase,
        plane,
        tilt @ plane_turn(plane),
        float(np.clip(width * rng.uniform(0.9, 1.3), 280, 500)),
    )


def slice_liver(
    case: LiverCase, rng: np.random.Generator, size: int, lesion: bool, likely: bool = False
) -> SlicePicture | None:
    """Make a slice of a case, through a lesion or clear of all of them; None if chance found no such level.

    Args:
        case: as drawn.
        rng: draws level and noise.
        size: height and width, pixels.
        lesion: whether a lesion is in it.
        likely: a slice without a lesion lies where one could have been, so that its level tells nothing; otherwise
            at any level.
    """
    for attempt in range(ATTEMPTS):
        middle = _draw_middle(case, rng, lesion, likely, 0.7 * (1 - attempt / ATTEMPTS))
        affine = make_affine((size, size, 1), (case.field_mm / size,) * 2 + (1.0,), case.turn, middle)
        places, spacing = slice_places(affine, (size, size), 0), spacing_of(affine)[:2]
        view = look_at_abdomen(case.abdomen, places, float(np.clip(spacing.mean(), 0.8, 3.0)))
        marked = (view.marks > 0).sum()
        if (marked < SMALLEST_LESION * size**2 if lesion else marked > 0) or view.liver.mean() < SMALLEST_LIVER:
            continue
        image = window_ct_slice(acquire_ct(case.scan, rng, view.values.reshape(size, size), spacing))
        mask, organ = (picture_layer(layer, size) for layer in (view.marks > 0, view.liver))
        return SlicePicture(picture_layer(image, size), mask, organ, case.plane, case.phase)
    return None


def _draw_middle(case: LiverCase, rng: np.random.Generator, lesion: bool, likely: bool, off: float) -> np.ndarray:
    """Return where the middle of a slice lies; with an aim at most ``off`` radii from it, see draw_slice_middle."""

    def aim() -> tuple[np.ndarray, float, float]:
        if lesion:
            body = case.abdomen.lesions[int(rng.integers(len(case.abdomen.lesions)))].body
            return to_scanner(case.abdomen, body.centre)[:, 0], body.radius, off
        (radius,) = draw_liver_radii(rng, 1)
        return to_scanner(case.abdomen, draw_liver_place(rng, case.abdomen, radius).reshape(3, 1))[:, 0], radius, off

    middle = to_scanner(case.abdomen, np.zeros((3, 1)))[:, 0]
    return draw_slice_middle(rng, case.turn, middle, 10.0, LEVELS[case.plane], aim if lesion or likely else None)
