"""Head MRI out of a seed: a volume or single slices of a head that is nobody's, healthy or with lesions.

For demonstrations, tests and training where no patient data may go. Shape, pose, contrast, field and noise are drawn
widely apart. Volume and slices are the same functions of the place, looked at on different grids.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.head import Head, draw_head, look_at_head
from acd_monai.data.synthetic.head_tones import MR_CONTRASTS
from acd_monai.data.synthetic.lesion_list import check_lesions, list_lesions
from acd_monai.data.synthetic.lesion_shape import Lesion
from acd_monai.data.synthetic.mr_acquisition import MRScan, acquire_mr, draw_mr_scan, sensitivity
from acd_monai.data.synthetic.voxel_grid import check_grid, make_affine, slice_places, spacing_of
from acd_monai.errors import ConfigError

__all__ = ["LESION_RADII_MM", "HeadPhantom", "draw_radii", "make_head_mri", "scan_head"]

LESION_RADII_MM = (3.0, 30.0)
ATTEMPTS = 20


class HeadPhantom(NamedTuple):
    """A head and where its lesions are.

    Attributes:
        volume: float32 ``(I, J, K)``, arbitrary units from 0; columns, rows, slices.
        mask: bool ``(I, J, K)``, the lesions, core and oedema together.
        affine: float64 ``(4, 4)``, voxel index to RAS+ millimetres.
        lesions: the largest first; empty without.
        spacing_mm: voxel size along columns, rows, slices.
        contrast: one of :data:`MR_CONTRASTS`.
    """

    volume: np.ndarray
    mask: np.ndarray
    affine: np.ndarray
    lesions: tuple[Lesion, ...]
    spacing_mm: tuple[float, float, float]
    contrast: str


def make_head_mri(
    seed: int = 0,
    shape: tuple[int, int, int] = (128, 128, 40),
    spacing: tuple[float, float, float] = (1.8, 1.8, 4.0),
    *,
    tilt_degrees: float = 0.0,
    lesions: int = 1,
    lesion_radius_mm: float | None = None,
    contrast: str | None = None,
    stripped: bool = False,
) -> HeadPhantom:
    """Make a head; the same arguments give the same head.

    Args:
        seed: from 0; chooses everything that is not given.
        shape: ``(I, J, K)``, columns, rows, slices.
        spacing: voxel size along them, millimetres.
        tilt_degrees: rotation of the slices about the left-right axis, as a technician would tilt them.
        lesions: how many, 0 to 6; 0 is a healthy head.
        lesion_radius_mm: radius of every lesion's core before it is made uneven, 3 to 30 mm; drawn when None.
        contrast: one of :data:`MR_CONTRASTS`; drawn when None.
        stripped: leave out all but the brain.

    Returns:
        The head, about 160 x 200 mm, near the middle of the grid and turned a little.

    Raises:
        ConfigError: the grid holds no picture, the contrast is unknown, or the lesions do not fit.
    """
    check_grid(shape, spacing)
    check_lesions(seed, lesions, lesion_radius_mm, LESION_RADII_MM)
    affine = make_affine(shape, spacing, Rotation.from_euler("x", tilt_degrees, degrees=True).as_matrix())
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        chosen = contrast or str(rng.choice(MR_CONTRASTS))
        radii = draw_radii(rng, lesions) if lesion_radius_mm is None else (lesion_radius_mm,) * lesions
        head = draw_head(rng, chosen, radii, stripped=stripped)
        volume, marks = scan_head(head, draw_mr_scan(rng), rng, affine, shape)
        found = list_lesions(marks, affine)
        if len(found) == lesions:
            return HeadPhantom(volume, marks > 0, affine, found, spacing, chosen)
    raise ConfigError(
        f"{ATTEMPTS} heads drawn, and in none all of {lesions} lesions met a voxel of {spacing} mm in a grid of "
        f"{shape}; use smaller voxels, more slices, or fewer and larger lesions."
    )


def draw_radii(rng: np.random.Generator, count: int) -> tuple[float, ...]:
    """Draw the lesions' radii, millimetres: one may be large, many are small."""
    low, high = LESION_RADII_MM
    top = high if count == 1 else high / 2
    return tuple(float(low * (top / low) ** (share**0.7)) for share in rng.uniform(size=count))


def scan_head(
    head: Head, scan: MRScan, rng: np.random.Generator, affine: np.ndarray, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the volume float32 ``(I, J, K)`` and each voxel's lesion, int8 ``(I, J, K)``, 0 for none."""
    volume, marks = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.int8)
    spacing = spacing_of(affine)
    softness = float(np.clip(1.0 * spacing[:2].mean(), 0.8, 3.0))
    for k in range(shape[2]):
        places = slice_places(affine, shape[:2], k)
        view = look_at_head(head, places, softness)
        tones = (view.values * sensitivity(scan, places)).reshape(shape[:2])
        volume[:, :, k] = acquire_mr(scan, rng, tones, spacing[:2])
        marks[:, :, k] = view.marks.reshape(shape[:2])
    return volume, marks
