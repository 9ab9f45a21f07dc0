"""The three anatomical planes of a volume, as views of it: axes are permuted and flipped, nothing is resampled."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform

from acd_monai.reports.overlay import OrientationLetters
from acd_monai.transforms.slice_plane import RADIOLOGICAL

__all__ = ["hang", "letters_of"]

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "S": "I", "I": "S"}


def hang(array: np.ndarray, affine: np.ndarray, plane: str) -> tuple[np.ndarray, np.ndarray]:
    """Turn a volume into the slices of a plane, or of the grid's plane nearest to it, as a radiologist hangs them.

    Args:
        array: ``(I, J, K)`` or ``(I, J, K, C)``.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.
        plane: ``"axial"``, ``"coronal"`` or ``"sagittal"``.

    Returns:
        A view ``(rows, columns, slices[, C])`` of the array, and its affine.
    """
    change = ornt_transform(nib.io_orientation(affine), axcodes2ornt(tuple(RADIOLOGICAL[plane])))
    return apply_orientation(array, change), affine @ inv_ornt_aff(change, array.shape[:3])


def letters_of(affine: np.ndarray) -> OrientationLetters:
    """Return the patient directions at the edges of a slice.

    Args:
        affine: ``(4, 4)``, index ``(row, column, slice)`` to RAS+ millimetres.
    """
    down, right, _ = nib.aff2axcodes(affine)
    return OrientationLetters(_OPPOSITE[right], right, _OPPOSITE[down], down)
