"""Volumes as NRRD: the one format that holds a sheared grid exactly and that Slicer reads as it stands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
import SimpleITK

from acd_monai.data.affine import LPS_TO_RAS
from acd_monai.errors import GeometryError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.gzip_stream import gzip_stream

__all__ = ["narrowest", "placed_by_itk", "write_nrrd"]

TYPES = {np.dtype(np.int16): "int16", np.dtype(np.uint8): "uint8", np.dtype(np.float32): "float"}
SLAB = 16
"""Slices turned into bytes at a time."""
PLACE_TOLERANCE_MM = 1e-3
"""Farther than float32 rounds a patient's coordinates, nearer than anyone could see."""


def write_nrrd(array: np.ndarray, affine: np.ndarray, path: Path, fields: Mapping[str, str] | None = None) -> None:
    """Write a volume as compressed NRRD; the same volume gives the same bytes, as of ``gzip_stream``.

    Args:
        array: ``(I, J, K)``, or ``(3, I, J, K)`` for colour; int16, uint8 or float32.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres; written exactly, sheared or not.
        path: file to write, ending in ``.nrrd``.
        fields: key/value pairs for the header; neither may have a line break or a backslash.

    Raises:
        GeometryError: the affine is singular.
        OutputError: the file cannot be written.
    """
    header = _header(array, affine, fields or {})
    with written_whole(path) as part, part.open("wb") as file:
        file.write(header.encode())
        with gzip_stream(file) as stream:
            for first in range(0, array.shape[-1], SLAB):  # the first axis varies fastest, that of colours above all
                stream.write(array[..., first : first + SLAB].tobytes(order="F"))


def _header(array: np.ndarray, affine: np.ndarray, fields: Mapping[str, str]) -> str:
    """Return the text before the voxels (NRRD0004, https://teem.sourceforge.net/nrrd/format.html)."""
    lps = LPS_TO_RAS @ affine
    if abs(np.linalg.det(lps[:3, :3])) == 0.0:
        raise GeometryError(
            f"affine {affine.tolist()} is singular; expected three independent axes. Pass the source's."
        )
    colour = array.ndim == 4
    directions = [*(["none"] if colour else []), *(_vector(lps[:3, axis]) for axis in range(3))]
    lines = (
        "NRRD0004",
        f"type: {TYPES[array.dtype]}",
        f"dimension: {array.ndim}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, array.shape))}",
        f"space directions: {' '.join(directions)}",
        f"kinds: {'RGB-color ' if colour else ''}domain domain domain",
        f"endian: {sys.byteorder}",
        "encoding: gzip",
        f"space origin: {_vector(lps[:3, 3])}",
        *(f"{key}:={value}" for key, value in fields.items()),
    )
    return "\n".join(lines) + "\n\n"


def _vector(values: np.ndarray) -> str:
    return f"({','.join(repr(float(value)) for value in values)})"


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
