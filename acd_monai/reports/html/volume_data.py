"""Image and map of a volume as the viewer reads them: two NIfTI-1 files on one grid.

Image: 256 grey levels of the domain's window, or colours. Map: 65536 levels, so a value is right to 0.00001.
"""

from __future__ import annotations

import nibabel as nib
import numpy as np

from acd_monai.reports.html.display_grid import DisplayGrid
from acd_monai.reports.outputs.case_view import Picture

__all__ = ["FULL", "image_nifti", "map_levels", "map_nifti"]

FULL = 65535
"""The level that stands for a score of 1."""

RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


def map_levels(picture: Picture, grid: DisplayGrid) -> np.ndarray:
    """Return the shown scores ``(R, W, K)`` as uint16, 65535 for 1."""
    return (grid.take(picture.anomaly_map) * float(FULL)).round().astype("<u2")


def map_nifti(picture: Picture, grid: DisplayGrid) -> bytes:
    """Return the map as a NIfTI-1 file whose slope turns the levels into scores."""
    return _to_bytes(map_levels(picture, grid), grid.affine(picture.affine), slope=1.0 / FULL)


def image_nifti(picture: Picture, grid: DisplayGrid) -> bytes:
    """Return the image as a NIfTI-1 file, uint8 or RGB24."""
    levels = (grid.take(picture.image) * np.float32(255)).round().astype(np.uint8)
    stored = levels[0] if len(levels) == 1 else np.ascontiguousarray(np.moveaxis(levels, 0, -1)).view(RGB)[..., 0]
    return _to_bytes(stored, grid.affine(picture.affine))


def _to_bytes(array: np.ndarray, affine: np.ndarray, slope: float = 1.0) -> bytes:
    image = nib.Nifti1Image(array, affine)
    image.set_sform(affine, code=1)
    image.header.set_xyzt_units(xyz="mm")
    if array.dtype.names is None:
        image.header.set_slope_inter(slope, 0.0)
    header = image.header
    # Written by hand: nibabel would scale the levels by the slope once more.
    padding = b"\0" * 4
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    return header.binaryblock + padding + np.asfortranarray(array).tobytes(order="F")
