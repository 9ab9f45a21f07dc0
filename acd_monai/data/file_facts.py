"""What the header of a single file says (NIfTI, NRRD, MetaImage, picture), without reading its voxels."""

from __future__ import annotations

import warnings as python_warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import SimpleITK
from PIL import Image

from acd_monai.data.affine import LPS_TO_RAS
from acd_monai.data.dicom_frames import read_slice_headers
from acd_monai.data.formats import format_by_name
from acd_monai.data.grid_facts import axis_letters, is_tilted, spacing_of
from acd_monai.data.nifti import count_nifti_volumes
from acd_monai.errors import InputError

__all__ = ["FileFacts", "file_facts"]


@dataclass(frozen=True)
class FileFacts:
    """One file's header in words.

    Attributes:
        kind: ``"NIfTI"``, ``"NRRD"``, ``"MetaImage"``, ``"PNG"``, …; what the file is or, if unreadable, claims to be.
        shape: columns, rows (and slices) and, for several volumes, their number last.
        spacing: voxel size in mm, one for each of the first three axes; empty for a picture.
        orientation: where the axes run, such as ``"RAS"``; for a picture its colours.
        flags: such as ``"4-D"`` and ``"tilted"``.
        problem: why the header cannot be read; empty when it can.
    """

    kind: str
    shape: tuple[int, ...] = ()
    spacing: tuple[float, ...] = ()
    orientation: str = ""
    flags: tuple[str, ...] = ()
    problem: str = ""


def file_facts(path: Path) -> FileFacts:
    """Read the header of a file.

    Args:
        path: its ending tells the format; a folder or a file of no such ending is taken for DICOM, of which only the
            problem is told.

    Returns:
        What it says, or its ``problem``; nothing is raised for a broken file.
    """
    form = format_by_name(path)
    kind = {"nifti": "NIfTI", "frame": "picture"}.get(form or "", "NRRD" if path.suffix == ".nrrd" else "MetaImage")
    if path.is_dir():
        return FileFacts("DICOM")
    try:
        if form is None:
            read_slice_headers(path)
            return FileFacts("DICOM")
        if not path.stat().st_size:
            return FileFacts(kind, problem="the file is empty (0 bytes)")
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            if form == "nifti":
                return _nifti(path)
            return _picture(path) if form == "frame" else _itk(path, kind)
    except InputError as error:
        return FileFacts("DICOM" if form is None else kind, problem=str(error).removeprefix(f"{path.name}: "))
    except Exception as error:  # three libraries fed with junk raise what they like; here it is a fact, not a failure
        line = (str(error).strip().splitlines() or [""])[-1].replace(str(path), path.name)[:120]
        return FileFacts(kind, problem=f"the header cannot be read ({line or type(error).__name__})")


def _nifti(path: Path) -> FileFacts:
    count_nifti_volumes(path)  # raises for more than four dimensions
    image: Any = nibabel.load(path)
    return _volume("NIfTI", tuple(int(n) for n in image.shape), np.asarray(image.affine))


def _itk(path: Path, kind: str) -> FileFacts:
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    shape = tuple(int(n) for n in reader.GetSize())
    affine = np.eye(4)
    size = len(shape)
    count = min(size, 3)
    direction = np.reshape(reader.GetDirection(), (size, size)) * np.asarray(reader.GetSpacing())
    affine[:count, :count] = direction[:count, :count]
    return _volume(kind, shape, LPS_TO_RAS @ affine)


def _volume(kind: str, shape: tuple[int, ...], affine: np.ndarray) -> FileFacts:
    flags = [f"{len(shape)}-D"] if len(shape) > 3 else []
    if is_tilted(affine):
        flags.append("tilted")
    spacing = tuple(float(value) for value in spacing_of(affine)[: min(3, len(shape))])
    return FileFacts(kind, shape, spacing, axis_letters(affine), tuple(flags))


def _picture(path: Path) -> FileFacts:
    with Image.open(path) as image:
        pages = getattr(image, "n_frames", 1)
        return FileFacts(
            image.format or "picture", image.size, (), image.mode, (f"{pages} pages",) if pages > 1 else ()
        )
