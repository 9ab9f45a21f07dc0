"""Studies of every kind that DICOM objects are made of, and the making."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset

from acd_monai.data.affine import LPS_TO_RAS
from acd_monai.data.dicom_source import find_dicom_source
from acd_monai.reports.dicom import make_parametric_map, make_segmentation, make_stand_ins
from acd_monai.reports.outputs import CaseView
from acd_monai.reports.outputs.dicom import DICOM
from tests.data.dicom_files import (
    ENHANCED_MR,
    MR,
    OPT,
    VL_ENDOSCOPIC,
    functional_group,
    make_dataset,
    write_frames,
    write_series,
)

TURN = np.array([[0.8, -0.48, 0.36], [0.0, 0.6, 0.8], [-0.6, -0.64, 0.48]])
"""A rotation: columns are the directions of rows, of columns and of the normal."""

OBLIQUE = (*TURN[:, 0], *TURN[:, 1])

GEOMETRIES = {
    "axial": {"step": (0.0, 0.0, 2.0)},
    "reversed": {"step": (0.0, 0.0, -2.0)},
    "anisotropic": {"step": (0.0, 0.0, 7.3), "spacing": (0.31, 1.7)},
    "sagittal": {"orientation": (0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "step": (3.0, 0.0, 0.0)},
    "oblique": {"orientation": OBLIQUE, "step": tuple(2.5 * TURN[:, 2])},
    "tilted": {"step": (0.0, 0.8, 2.0)},
    "tilted and oblique": {"orientation": OBLIQUE, "step": tuple(2.5 * TURN[:, 2] + 0.9 * TURN[:, 1])},
}

SLICES = 6


def complete(dataset: FileDataset, k: int) -> None:
    """What a scanner's file has beside what our reader needs."""
    dataset.FrameOfReferenceUID, dataset.StudyDate, dataset.StudyTime = "1.2.7", "20240101", "120000"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.AccessionNumber = "19700101", "F", "A1"
    dataset.StudyID, dataset.ReferringPhysicianName, dataset.BodyPartExamined = "1", "", "HEAD"
    dataset.Manufacturer, dataset.PatientWeight = "maker", 61.5


def bare(dataset: FileDataset, k: int) -> None:
    """What is left after a thorough de-identification."""
    for keyword in ("PatientName", "PatientID", "SliceThickness"):
        delattr(dataset, keyword)


def study(folder: Path, edit: Callable[[FileDataset, int], None] = complete, **geometry: object) -> Path:
    pixels = np.random.default_rng(0).integers(0, 500, (9, 11, SLICES)).astype(np.int16)
    write_series(folder, pixels, sop_class=MR, modality="MR", edit=edit, **geometry)
    return folder


def write(view: CaseView, folder: Path) -> dict[str, Path]:
    paths = {role: folder / name for role, name in DICOM.file_names("a case").items()}
    folder.mkdir(exist_ok=True)
    return {role: paths[role] for role in DICOM.write(view, paths)}


def make(view: CaseView) -> tuple[Dataset, Dataset]:
    """Map and findings, without the report, which takes longest."""
    source = find_dicom_source(view.locator)
    planes = make_stand_ins(source, view.anomaly_map.shape)
    return make_parametric_map(view, source, planes, 1), make_segmentation(view, source, planes, 2)


def saved(made: Dataset, path: Path) -> Path:
    made.save_as(path, enforce_file_format=True)
    return path


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; the dev extra brings it on Linux")
    return found


def enhanced(folder: Path) -> str:
    folder.mkdir()
    rng = np.random.default_rng(0)
    positions = [(-10.0, -20.0, z) for z in (4.0, 0.0, 2.0, 6.0)]
    groups = [functional_group(ImagePositionPatient=list(place)) for place in positions]
    shared = functional_group(ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[0.5, 0.75], SliceThickness=2)
    pixels = rng.integers(0, 500, (4, 9, 11)).astype(np.int16)
    return str(write_frames(folder / "enhanced.dcm", pixels, ENHANCED_MR, "MR", shared=shared, frames=groups))


def b_scan(folder: Path) -> str:
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (1, 30, 40)).astype(np.uint8)
    return str(write_frames(folder / "oct.dcm", pixels, OPT, "OPT"))


def endoscopy(folder: Path) -> str:
    folder.mkdir()
    dataset = make_dataset(np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8), VL_ENDOSCOPIC, "ES")
    dataset.save_as(folder / "picture.dcm", enforce_file_format=True)
    return str(folder / "picture.dcm")


def uneven(folder: Path) -> str:
    heights = [0.0, 2.0, 4.0, 8.0, 10.0, 12.0]

    def edit(dataset: FileDataset, k: int) -> None:
        complete(dataset, k)
        dataset.ImagePositionPatient = [0.0, 0.0, heights[k]]

    return str(study(folder, edit))


def odd(dataset: FileDataset, k: int) -> None:
    """Values that real headers hold and DICOM forbids."""
    complete(dataset, k)
    dataset.add(DataElement(0x00101010, "AS", "0Y", validation_mode=IGNORE))
    dataset.add(DataElement(0x00080060, "CS", "mr", validation_mode=IGNORE))
    dataset.add_new(0x00190010, "LO", "A MAKER")


SOURCES: dict[str, Callable[[Path], str]] = {
    "series": lambda folder: str(study(folder)),
    "tilted": lambda folder: str(study(folder, **GEOMETRIES["tilted"])),
    "de-identified": lambda folder: str(study(folder, bare)),
    "odd values": lambda folder: str(study(folder, odd)),
    "enhanced": enhanced,
    "B-scan": b_scan,
    "endoscopy": endoscopy,
    "uneven": uneven,
    "one slice": lambda folder: str(sorted(study(folder).iterdir())[0]),
}


def frame_affine_of(made: Dataset, frame: int) -> np.ndarray:
    """Column and row of a frame to RAS millimetres, by its own plane equation."""
    shared, own = made.SharedFunctionalGroupsSequence[0], made.PerFrameFunctionalGroupsSequence[frame]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    row_spacing, column_spacing = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = cosines[:3] * column_spacing, cosines[3:] * row_spacing
    affine[:3, 3] = own.PlanePositionSequence[0].ImagePositionPatient
    return LPS_TO_RAS @ affine


def slice_of(made: Dataset, frame: int, view: CaseView) -> int:
    """The slice of the map where a frame lies; all its corners must."""
    affine, (columns, rows, slices) = view.summary.source.affine, view.anomaly_map.shape
    here = frame_affine_of(made, frame)
    corners = np.array([(i, j, 0, 1) for i in (0, columns - 1) for j in (0, rows - 1)], dtype=float).T
    off = [np.abs(here @ corners - affine @ (corners + np.array([[0], [0], [k], [0]]))).max() for k in range(slices)]
    assert min(off) < 1e-3
    return int(np.argmin(off))
