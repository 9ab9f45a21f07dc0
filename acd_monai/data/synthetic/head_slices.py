"""Single slices of head MRI, made without the volume around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.head import Head, draw_head, look_at_head, to_scanner
from acd_monai.data.synthetic.head_lesions import draw_brain_place
from acd_monai.data.synthetic.head_mri import draw_radii
from acd_monai.data.synthetic.head_tones import MR_CONTRASTS
from acd_monai.data.synthetic.mr_acquisition import MRScan, acquire_mr, draw_mr_scan, sensitivity
from acd_monai.data.synthetic.phantom_pictures import (
    SlicePicture,
    check_picture,
    draw_slice_middle,
    picture_layer,
    plane_turn,
    scale_mr_slice,
)
from acd_monai.data.synthetic.voxel_grid import make_affine, slice_places, spacing_of

__all__ = ["HeadCase", "draw_head_case", "make_head_slice", "slice_head"]

LEVELS = {"axial": (-76.0, 80.0), "coronal": (-72.0, 74.0), "sagittal": (-56.0, 56.0)}
"""Where slices may lie along their normal, millimetres from the middle of the brain: base to vertex, back to front."""

SMALLEST_LESION = 16 / 256**2
"""Least share of a picture that a lesion takes up."""

ATTEMPTS = 4


class HeadCase(NamedTuple):
    """A head in a scanner with its protocol.

    Attributes:
        head: as drawn.
        scan: the scanner's faults.
        contrast: of the scan.
        plane: one of the planes.
        turn: ``(3, 3)``, the slices' directions.
        field_mm: width and height of the picture, millimetres.
    """

    head: Head
    scan: MRScan
    contrast: str
    plane: str
    turn: np.ndarray
    field_mm: float


def make_head_slice(
    seed: int,
    size: int = 256,
    lesion: bool = False,
    *,
    contrast: str | None = None,
    plane: str | None = None,
    stripped: bool | None = None,
) -> SlicePicture:
    """Make one slice of a head, at any level; the same arguments give the same slice.

    Args:
        seed: from 0; chooses everything that is not given.
        size: height and width, pixels, from 64.
        lesion: whether a lesion is in it.
        contrast: one of :data:`~acd_monai.data.synthetic.MR_CONTRASTS`; drawn when None.
        plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``; drawn when None, mostly axial.
        stripped: show the brain alone, as many collections do; drawn when None.

    Raises:
        ConfigError: a negative seed, too small a size, an unknown contrast or plane.

    Example:
        >>> picture = make_head_slice(3, size=64, lesion=True)
        >>> picture.image.shape, bool(picture.mask.any())
        ((64, 64), True)
    """
    check_picture(seed, size, plane)
    rng = np.random.default_rng([seed, int(lesion)])
    while True:
        case = draw_head_case(rng, lesion, contrast, plane, stripped)
        picture = slice_head(case, rng, size, lesion)
        if picture is not None:
            return picture


def draw_head_case(
    rng: np.random.Generator,
    lesion: bool,
    contrast: str | None = None,
    plane: str | None = None,
    stripped: bool | None = None,
) -> HeadCase:
    """Draw a head, healthy or with one to four lesions, a scanner and a plane; see :func:`make_head_slice`."""
    contrast = contrast or str(rng.choice(MR_CONTRASTS))
    plane = plane or str(rng.choice(("axial", "coronal", "sagittal"), p=(0.86, 0.07, 0.07)))
    stripped = bool(rng.uniform() < 0.3) if stripped is None else stripped
    radii = draw_radii(rng, int(rng.choice((1, 2, 3, 4), p=(0.7, 0.14, 0.1, 0.06)))) if lesion else ()
    tilt = Rotation.from_euler("x", rng.normal(0.0, 6.0), degrees=True).as_matrix()
    head = draw_head(rng, contrast, radii, stripped=stripped)
    field = rng.uniform(185, 260) if plane == "axial" else rng.uniform(210, 270)
    return HeadCase(
        head, draw_mr_scan(rng), contrast, plane, tilt @ plane_turn(plane), field * (0.88 if stripped else 1.0)
    )


def slice_head(
    case: HeadCase, rng: np.random.Generator, size: int, lesion: bool, likely: bool = False
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
        view = look_at_head(case.head, places, float(np.clip(spacing.mean(), 0.8, 3.0)))
        marked, seen = (view.marks > 0).sum(), (view.tissue > 0.5).sum()
        if (marked < SMALLEST_LESION * size**2 if lesion else marked > 0) or seen < 0.01 * size**2:
            continue
        tones = (view.values * sensitivity(case.scan, places)).reshape(size, size)
        image = scale_mr_slice(acquire_mr(case.scan, rng, tones, spacing))
        mask, organ = (picture_layer(layer, size) for layer in (view.marks > 0, view.tissue >= 0.5))
        return SlicePicture(picture_layer(image, size), mask, organ, case.plane, case.contrast)
    return None


def _draw_middle(case: HeadCase, rng: np.random.Generator, lesion: bool, likely: bool, off: float) -> np.ndarray:
    """Return where the middle of a slice lies; with an aim at most ``off`` radii from it, see draw_slice_middle."""

    def aim() -> tuple[np.ndarray, float, float]:
        if lesion:
            body = case.head.lesions[int(rng.integers(len(case.head.lesions)))].body
            return to_scanner(case.head, body.centre)[:, 0], body.radius, off
        (radius,) = draw_radii(rng, 1)
        return to_scanner(case.head, draw_brain_place(rng, case.head.brain, radius).reshape(3, 1))[:, 0], radius, off

    middle = to_scanner(case.head, np.zeros((3, 1)))[:, 0]
    return draw_slice_middle(rng, case.turn, middle, 8.0, LEVELS[case.plane], aim if lesion or likely else None)
