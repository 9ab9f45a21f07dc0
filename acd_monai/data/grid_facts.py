"""A grid in words: spacing, the plane its slices lie in, the directions its axes run, and whether it is tilted."""

from __future__ import annotations

import nibabel
import numpy as np

from acd_monai.data.affine import shear_warning

__all__ = ["axis_letters", "is_tilted", "plane_of", "spacing_of"]

OBLIQUE = 0.985
"""Cosine between a slice normal and the nearest body axis below which a plane is called oblique (10 degrees)."""

_PLANES = ("sagittal", "coronal", "axial")


def plane_of(orientation: np.ndarray | None) -> str:
    """Name the plane of slices.

    Args:
        orientation: ImageOrientationPatient ``(6,)``, None or NaN where unknown.

    Returns:
        ``"axial"``, ``"coronal"`` or ``"sagittal"``, with ``"oblique "`` before it when more than 10 degrees off;
        empty when unknown.
    """
    if orientation is None or not np.isfinite(orientation).all():
        return ""
    normal = np.abs(np.cross(orientation[:3], orientation[3:]))
    length = float(np.linalg.norm(normal))
    if length == 0:
        return ""
    nearest = int(normal.argmax())
    return f"{'oblique ' if normal[nearest] / length < OBLIQUE else ''}{_PLANES[nearest]}"


def axis_letters(affine: np.ndarray) -> str:
    """Say where the axes of a grid run, such as ``"LPS"``; empty for a singular affine."""
    affine = np.asarray(affine, dtype=np.float64)
    if not np.isfinite(affine).all() or (spacing_of(affine) == 0).any():
        return ""
    return "".join(letter or "?" for letter in nibabel.aff2axcodes(affine))


def spacing_of(affine: np.ndarray) -> np.ndarray:
    """Return the voxel size ``(3,)`` in millimetres."""
    return np.linalg.norm(np.asarray(affine, dtype=np.float64)[:3, :3], axis=0)


def is_tilted(affine: np.ndarray) -> bool:
    """Tell whether the axes are not at right angles; False for a singular affine."""
    return bool(np.isfinite(affine).all() and (spacing_of(affine) > 0).all() and shear_warning(affine))
