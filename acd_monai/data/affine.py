"""What all readers ask of an affine: is it usable, is it sheared, and how pictures without a place get one."""

from __future__ import annotations

import numpy as np

from acd_monai.errors import GeometryError

__all__ = ["LPS_TO_RAS", "MAX_VOXELS", "SHEAR_TOLERANCE", "check_affine", "frame_affine", "shear_warning"]

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Turns an affine to DICOM's (and ITK's) LPS millimetres into one to RAS millimetres."""

SHEAR_TOLERANCE = 1e-3
"""Cosine between two grid axes above which a grid counts as sheared (0.06 degrees)."""

MAX_VOXELS = 2**31
"""More voxels than this in one volume are taken for a header that lies (8 GiB as float32)."""

_MIN_DETERMINANT = 1e-6


def frame_affine() -> np.ndarray:
    """Return the affine of a picture: index ``(column, row)`` is LPS with unit spacing, said in RAS.

    Returns:
        float64 ``(4, 4)``, ``diag(-1, -1, 1, 1)``.
    """
    return LPS_TO_RAS.copy()


def check_affine(affine: np.ndarray, name: str) -> None:
    """Refuse an affine that does not place every voxel at one point of its own.

    Args:
        affine: ``(4, 4)``, voxel index to millimetres.
        name: what the message calls the image.

    Raises:
        GeometryError: a value is NaN or infinite, or the matrix is singular.
    """
    if not np.isfinite(affine).all():
        raise GeometryError(
            f"{name}: the affine holds NaN or infinite values; finite ones are needed. Repair the header."
        )
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    unit = affine[:3, :3] / np.where(spacing > 0, spacing, 1)
    if abs(np.linalg.det(unit)) < _MIN_DETERMINANT:
        raise GeometryError(
            f"{name}: the affine is singular (voxel spacing {_list(spacing)} mm); three independent axes are needed. "
            "Repair the header or convert anew."
        )


def shear_warning(affine: np.ndarray) -> str:
    """Describe a grid whose axes are not at right angles, as a tilted gantry makes them.

    Args:
        affine: ``(4, 4)``, voxel index to millimetres, not singular.

    Returns:
        A line that starts with ``"sheared grid"``, empty when the axes are at right angles.
    """
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.abs(axes.T @ axes)[np.triu_indices(3, k=1)]
    if cosines.max() <= SHEAR_TOLERANCE:
        return ""
    degrees = 90.0 - np.degrees(np.arccos(min(1.0, float(cosines.max()))))
    return (
        f"sheared grid: two axes are {degrees:.2f} degrees off a right angle (gantry tilt?); the affine is kept exact, "
        "but some viewers show sheared NIfTI files in the wrong place"
    )


def _list(values: np.ndarray) -> str:
    return " x ".join(f"{value:g}" for value in values)
