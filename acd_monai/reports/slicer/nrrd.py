"""Volumes as NRRD: the one format that holds a sheared grid exactly and that Slicer reads as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
import SimpleITK

from acd_monai.data.affine import LPS_TO_RAS
from acd_monai.errors import GeometryError
from acd_monai.reports.atomic import written_whole

__all__ = ["narrowest", "placed_by_itk", "write_nrrd"]

COMPRESSION_LEVEL = 2
PLACE_TOLERANCE_MM = 1e-3
"""Farther than float32 rounds a patient's coordinates, nearer than anyone could see."""


def write_nrrd(array: np.ndarray, affine: np.ndarray, path: Path, fields: Mapping[str, str] | None = None) -> None:
    """Write a volume as compressed NRRD; the same volume always gives the same bytes.

    Args:
        array: ``(I, J, K)``, or ``(3, I, J, K)`` for colour.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres; written exactly, sheared or not.
        path: file to write, ending in ``.nrrd``.
        fields: key/value pairs for the header.

    Raises:
        GeometryError: the affine is singular.
        OutputError: the file cannot be written.
    """
    channels_last = np.moveaxis(array, 0, -1) if array.ndim == 4 else array
    order = (2, 1, 0, 3)[: array.ndim]
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(channels_last.transpose(order)), isVector=array.ndim == 4)
    lps = LPS_TO_RAS @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    if abs(np.linalg.det(lps[:3, :3])) == 0.0:
        raise GeometryError(
            f"affine {affine.tolist()} is singular; expected three independent axes. Pass the source's."
        )
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    for key, value in (fields or {}).items():
        image.SetMetaData(key, value)
    with written_whole(path) as part:
        try:
            SimpleITK.WriteImage(image, str(part), useCompression=True, compressionLevel=COMPRESSION_LEVEL)
        except RuntimeError as error:
            raise OSError(str(error).strip().splitlines()[-1]) from error


def narrowest(array: np.ndarray) -> np.ndarray:
    """Return whole numbers that fit as int16, half the size of float32; anything else as float32.

    CT and MR are whole numbers, so that nothing is lost.
    """
    low, high = array.min(), array.max()
    limits = np.iinfo(np.int16)
    if not (limits.min <= low and high <= limits.max):
        return array.astype(np.float32, copy=False)
    whole = array.astype(np.int16)
    return whole if np.array_equal(whole, array) else array.astype(np.float32, copy=False)


def placed_by_itk(path: Path, affine: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Tell whether ITK, which Slicer reads volumes with, places every voxel of a file where the affine does.

    Of a sheared NIfTI it does not: it refuses some and straightens others, tens of millimetres off.

    Args:
        path: of a volume; only its header is read.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.
        shape: ``(I, J, K)``.
    """
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return False
    if tuple(reader.GetSize()) != tuple(shape):
        return False
    lps = np.eye(4)
    lps[:3, :3] = np.reshape(reader.GetDirection(), (3, 3)) * np.asarray(reader.GetSpacing())
    lps[:3, 3] = reader.GetOrigin()
    corners = np.array([(*index, 1) for index in product(*((0, length - 1) for length in shape))])
    apart = corners @ (LPS_TO_RAS @ lps - affine).T
    return bool(np.abs(apart).max() <= PLACE_TOLERANCE_MM)
