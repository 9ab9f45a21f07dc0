"""The planes of a map as data sets that highdicom derives its objects from: one single-frame image a plane.

highdicom wants every plane of a source to be of one file, one orientation to the last digit, and complete; scanners
write enhanced files, rounded cosines and studies without names. A stand-in has what it asks for: the plane's place, and
the patient's and the study's data as far as the source has them. References to the source are put right afterwards,
see ``references.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
from pydicom.config import RAISE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import MRImageStorage, SecondaryCaptureImageStorage, generate_uid
from pydicom.valuerep import IS, DSfloat, PersonName, validate_value

from acd_monai.data.affine import LPS_TO_RAS
from acd_monai.data.dicom_header import numbers, text
from acd_monai.data.dicom_source import DicomSource
from acd_monai.errors import OutputSkippedError

__all__ = ["PLACE_TOLERANCE", "make_stand_ins", "plane_positions"]

PLACE_TOLERANCE = 1e-3
"""How far, beside unevenness of the source's own slices, a written pixel may lie from the map's, in mm."""

_TYPE_2 = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""What every object must have, if only empty; highdicom raises where a de-identified source has dropped it."""

_KEPT_AS_IS = {*_TYPE_2, "StudyInstanceUID", "SeriesInstanceUID"}
"""A PACS files by these: they must be the source's own, however odd they are."""

_LEFT_OUT_GROUPS = {0x0028, 0x5200, 0x7FE0, *range(0x6000, 0x6020)}
"""Pixels, functional groups and overlays of the source: not about the patient or the study."""


def make_stand_ins(source: DicomSource, shape: Sequence[int]) -> list[Dataset]:
    """Return one data set for each slice of the map, in its order.

    Args:
        source: where the map's image comes from.
        shape: ``(I, J, K)`` of the map.

    Raises:
        OutputSkippedError: the source belongs to no study, or its instances cannot be referred to.
    """
    first = source.slices[0]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        if not text(source.header, keyword):
            raise OutputSkippedError(f"the source's header has no {keyword}, so nothing can belong to its study")
    if not all(header.instance and header.sop_class for header in source.slices):
        raise OutputSkippedError("a slice of the source has no SOP class or instance UID, so nothing can refer to it")
    study = _study(source.header)
    common = Dataset()
    common.StudyInstanceUID, common.SeriesInstanceUID = study.StudyInstanceUID, study.SeriesInstanceUID
    # Any single-frame class, with or without a frame of reference.
    common.SOPClassUID = MRImageStorage if first.has_place else SecondaryCaptureImageStorage
    common.Columns, common.Rows = shape[:2]
    if first.has_place:
        _add_plane(common, source)
    planes = []
    for index, position in enumerate(plane_positions(source, shape[2])):
        plane = Dataset()
        plane.update(study if index == 0 else {})
        plane.update(common)
        plane.SOPInstanceUID = source.slices[min(index, len(source.slices) - 1)].instance
        if first.has_place:
            plane.ImagePositionPatient = _decimals(position)
        planes.append(plane)
    return planes


def plane_positions(source: DicomSource, count: int) -> np.ndarray:
    """Return where the first pixel of each slice of the map lies, LPS millimetres ``(K, 3)``.

    Slices that are the source's own lie where it says, to the digit; resampled ones on the even grid.
    """
    grid = (LPS_TO_RAS @ source.affine)[:3]
    even = grid[:, 3] + np.outer(np.arange(count), grid[:, 2])
    if source.resampling is not None or not source.slices[0].has_place:
        return even
    return np.array([header.position for header in source.slices], dtype=np.float64)


def _study(header: Dataset) -> Dataset:
    """Copy what the header says of patient, study and equipment; fill up what is missing, leave out what is invalid."""
    study = Dataset()
    for element in header:
        if element.tag.group in _LEFT_OUT_GROUPS or element.tag.is_private:
            continue
        if element.keyword in _KEPT_AS_IS or _is_valid(element):
            study.add(deepcopy(element))
    for keyword in _TYPE_2:
        if keyword not in study:
            setattr(study, keyword, None)
    return study


def _is_valid(element: DataElement) -> bool:
    """Tell whether a value is one that its kind may have; real headers hold ages such as ``0Y``."""
    if element.VR == "SQ" or element.is_empty:
        return True
    values = element.value if isinstance(element.value, MultiValue) else [element.value]
    try:
        for value in values:
            validate_value(element.VR, str(value) if isinstance(value, (PersonName, DSfloat, IS)) else value, RAISE)
    except (ValueError, TypeError):
        return False
    return True


def _add_plane(common: Dataset, source: DicomSource) -> None:
    """Say how every plane lies, from the affine: rounding of the source's cosines is then in the spacing."""
    grid = (LPS_TO_RAS @ source.affine)[:3]
    column_spacing, row_spacing = np.linalg.norm(grid[:, :2], axis=0)
    normal = np.cross(grid[:, 0], grid[:, 1]) / (column_spacing * row_spacing)
    series = str(source.header.SeriesInstanceUID)
    common.FrameOfReferenceUID = text(source.header, "FrameOfReferenceUID") or generate_uid(entropy_srcs=[series])
    common.ImageOrientationPatient = _decimals([*(grid[:, 0] / column_spacing), *(grid[:, 1] / row_spacing)])
    common.PixelSpacing = _decimals([row_spacing, column_spacing])
    thickness = numbers(source.header, "SliceThickness", 1)
    usable = thickness is not None and np.isfinite(thickness[0]) and thickness[0] > 0
    common.SliceThickness = _decimals(thickness if usable and thickness is not None else [abs(grid[:, 2] @ normal)])[0]


def _decimals(values: Sequence[float] | np.ndarray) -> list[DSfloat]:
    """Return decimal strings as precise as their 16 characters allow."""
    return [DSfloat(float(value), auto_format=True) for value in values]
