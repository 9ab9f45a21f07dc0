"""Which frames of the source a frame of ours was made from."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from highdicom.sr import CodedConcept
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.dicom_source import DicomSource

__all__ = ["refer_to_source", "source_instances"]


def refer_to_source(made: Dataset, source: DicomSource, positions: np.ndarray) -> None:
    """Replace highdicom's references to the stand-ins by those to the source.

    Args:
        made: a Parametric Map or a Segmentation.
        source: where the map's image comes from.
        positions: ``(K, 3)``, LPS millimetres, of the map's slices.
    """
    derivations: dict[int, Dataset] = {}  # by slice: the frames of all segments there share one
    for group in made.PerFrameFunctionalGroupsSequence:
        index = 0
        if "PlanePositionSequence" in group:
            place = np.asarray(group.PlanePositionSequence[0].ImagePositionPatient, dtype=np.float64)
            index = int(np.linalg.norm(positions - place, axis=1).argmin())
        if index not in derivations:
            derivations[index] = _derivation(_sources(source, index), source)
        group.DerivationImageSequence = [derivations[index]]
    instances = source_instances(source.slices)
    made.SourceImageSequence = instances
    series = Dataset()
    series.SeriesInstanceUID = source.header.SeriesInstanceUID
    series.ReferencedInstanceSequence = instances
    made.ReferencedSeriesSequence = [series]


def source_instances(slices: Iterable[SliceHeader]) -> list[Dataset]:
    """Return a reference to each file of the source, once."""
    return [_reference(header) for header in {header.instance: header for header in slices}.values()]


def _derivation(headers: Iterable[SliceHeader], source: DicomSource) -> Dataset:
    item = Dataset()
    item.DerivationCodeSequence = [_code(codes.DCM.UnspecifiedMethodOfCalculation)]
    item.SourceImageSequence = [_frame_reference(header, source) for header in headers]
    return item


def _sources(source: DicomSource, index: int) -> list[SliceHeader]:
    """Return the slices that slice ``index`` of the map was made from."""
    if source.resampling is None:
        return [source.slices[index]]
    lower, fraction = int(source.resampling.lower[index]), float(source.resampling.fraction[index])
    chosen = ([lower] if fraction < 1.0 else []) + ([lower + 1] if fraction > 0.0 else [])
    return [source.slices[at] for at in chosen]


def _frame_reference(header: SliceHeader, source: DicomSource) -> Dataset:
    item = _reference(header)
    if header.frames > 1:
        item.ReferencedFrameNumber = header.frame + 1
    item.SpatialLocationsPreserved = "YES" if source.resampling is None else "NO"
    item.PurposeOfReferenceCodeSequence = [_code(codes.DCM.SourceImageForImageProcessingOperation)]
    return item


def _reference(header: SliceHeader) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.sop_class, header.instance
    return item


def _code(code: Code) -> CodedConcept:
    return CodedConcept.from_code(code)
