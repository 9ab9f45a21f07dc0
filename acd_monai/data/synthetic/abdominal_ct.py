"""Abdominal CT out of a seed: a volume in Hounsfield units, its liver healthy or with lesions.

For demonstrations, tests and training where no patient data may go. Build, fat, organs, contrast phase, dose and
kernel are drawn widely apart. Volume and slices are the same functions of the place, looked at on different grids.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.abdomen import Abdomen, draw_abdomen, look_at_abdomen
from acd_monai.data.synthetic.abdomen_tones import CT_PHASES
from acd_monai.data.synthetic.ct_acquisition import CTScan, acquire_ct, draw_ct_scan
from acd_monai.data.synthetic.lesion_list import check_lesions, list_lesions
from acd_monai.data.synthetic.lesion_shape import Lesion
from acd_monai.data.synthetic.voxel_grid import check_grid, make_affine, slice_places, spacing_of
from acd_monai.errors import ConfigError

__all__ = ["AbdomenPhantom", "draw_liver_radii", "make_abdominal_ct", "scan_abdomen"]

LESION_RADII_MM = (3.0, 40.0)
ATTEMPTS = 20


class AbdomenPhantom(NamedTuple):
    """An abdomen and where its lesions are.

    Attributes:
        volume: float32 ``(I, J, K)``, Hounsfield units; columns, rows, slices.
        mask: bool ``(I, J, K)``, the lesions.
        affine: float64 ``(4, 4)``, voxel index to RAS+ millimetres.
        lesions: the largest first; empty without.
        spacing_mm: voxel size along columns, rows, slices.
        phase: one of :data:`CT_PHASES`.
        liver: bool ``(I, J, K)``, the liver with its vessels and lesions.
    """

    volume: np.ndarray
    mask: np.ndarray
    affine: np.ndarray
    lesions: tuple[Lesion, ...]
    spacing_mm: tuple[float, float, float]
    phase: str
    liver: np.ndarray


def make_abdominal_ct(
    seed: int = 0,
    shape: tuple[int, int, int] = (192, 192, 40),
    spacing: tuple[float, float, float] = (2.1, 2.1, 4.0),
    *,
    tilt_degrees: float = 0.0,
    lesions: int = 1,
    lesion_radius_mm: float | None = None,
    phase: str | None = None,
) -> AbdomenPhantom:
    """Make an abdomen; the same arguments give the same abdomen.

    Args:
        seed: from 0; chooses everything that is not given.
        shape: ``(I, J, K)``, columns, rows, slices.
        spacing: voxel size along them, millimetres.
        tilt_degrees: rotation of the slices about the left-right axis, as the gantry turns.
        lesions: how many in the liver, 0 to 6; 0 is a healthy one.
        lesion_radius_mm: radius of every lesion before it is made uneven, 3 to 40 mm; drawn when None.
        phase: one of :data:`CT_PHASES`; drawn when None.

    Returns:
        The abdomen around the liver, near the middle of the grid.

    Raises:
        ConfigError: the grid holds no picture, the phase is unknown, or the lesions do not fit.
    """
    check_grid(shape, spacing)
    check_lesions(seed, lesions, lesion_radius_mm, LESION_RADII_MM)
    affine = make_affine(shape, spacing, Rotation.from_euler("x", tilt_degrees, degrees=True).as_matrix())
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, attempt])
        chosen = phase or str(rng.choice(CT_PHASES))
        radii = draw_liver_radii(rng, lesions) if lesion_radius_mm is None else (lesion_radius_mm,) * lesions
        abdomen = draw_abdomen(rng, chosen, radii)
        volume, marks, liver = scan_abdomen(abdomen, draw_ct_scan(rng), rng, affine, shape)
        found = list_lesions(marks, affine)
        if len(found) == lesions:
            return AbdomenPhantom(volume, marks > 0, affine, found, spacing, chosen, liver)
    raise ConfigError(
        f"{ATTEMPTS} abdomens drawn, and in none all of {lesions} lesions met a voxel of {spacing} mm in a grid of "
        f"{shape}; use smaller voxels, more slices, or fewer and larger lesions."
    )


def draw_liver_radii(rng: np.random.Generator, count: int) -> tuple[float, ...]:
    """Draw the lesions' radii, millimetres: one may be large, many are small."""
    low, high = LESION_RADII_MM
    top = high if count == 1 else high / 2
    return tuple(float(radius) for radius in np.exp(rng.uniform(np.log(low), np.log(top), count)))


def scan_abdomen(
    abdomen: Abdomen, scan: CTScan, rng: np.random.Generator, affine: np.ndarray, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the volume float32, each voxel's lesion int8 (0 for none), and the liver bool, all ``(I, J, K)``."""
    volume, marks, liver = (np.empty(shape, dtype=kind) for kind in (np.float32, np.int8, bool))
    spacing = spacing_of(affine)[:2]
    softness = float(np.clip(spacing.mean(), 0.8, 3.0))
    for k in range(shape[2]):
        view = look_at_abdomen(abdomen, slice_places(affine, shape[:2], k), softness)
        volume[:, :, k] = acquire_ct(scan, rng, view.values.reshape(shape[:2]), spacing)
        marks[:, :, k], liver[:, :, k] = view.marks.reshape(shape[:2]), view.liver.reshape(shape[:2])
    return volume, marks, liver
