"""``dicom``: map, findings and report as objects of the source's study, for a PACS.

A picture without a place in the patient has no map: DICOM's Parametric Map must have one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from acd_monai.data.dicom_source import DicomSource, find_dicom_source
from acd_monai.data.privacy import identity_keys, mentions_patient
from acd_monai.data.quiet import quiet_pydicom
from acd_monai.errors import AcdMonaiError, OutputSkippedError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.dicom import make_encapsulated_pdf, make_parametric_map, make_segmentation, make_stand_ins
from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.outputs.report import REPORT, render_report

__all__ = ["DICOM"]

_LARGEST_NUMBER = 20_000_000
"""Of a series, so that ours still fits an integer string."""

_WITHOUT_NUMBER = 90

logging.getLogger("highdicom").setLevel(logging.WARNING)


@quiet_pydicom()
def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    source = _find_source(view)
    # Series 5 gives 501, 502, 503.
    number = source.slices[0].series_number
    first = 100 * (number if number is not None and 0 <= number < _LARGEST_NUMBER else _WITHOUT_NUMBER) + 1
    try:
        planes = make_stand_ins(source, view.anomaly_map.shape)
        written = []
        if source.slices[0].has_place:
            _save(make_parametric_map(view, source, planes, first), paths["dicom_map"])
            written.append("dicom_map")
        if view.summary.components.items:
            _save(make_segmentation(view, source, planes, first + 1), paths["dicom_segmentation"])
            written.append("dicom_segmentation")
        pdf = _report(view, paths["dicom_report"].parent)
        _save(make_encapsulated_pdf(view, source, planes[0], pdf, first + 2), paths["dicom_report"])
        return [*written, "dicom_report"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # what highdicom finds amiss in a header
        for path in paths.values():
            path.unlink(missing_ok=True)
        said = " ".join(str(error).split())[:200].rstrip(".")
        why = "" if mentions_patient(said, identity_keys(source.slices)) else f": {said}"
        raise OutputSkippedError(f"the source's header does not allow it ({type(error).__name__}{why})") from error


def _find_source(view: CaseView) -> DicomSource:
    if view.locator is None or view.summary.source.kind == "video":
        raise OutputSkippedError("the source is not DICOM, so there is no study for the objects to belong to")
    try:
        source = find_dicom_source(view.locator)
    except AcdMonaiError as error:
        raise OutputSkippedError(f"the source cannot be read again: {error}") from error
    if source is None:
        raise OutputSkippedError("the source is not DICOM, so there is no study for the objects to belong to")
    shape = view.summary.source.shape
    slices = source.resampling.slices if source.resampling is not None else len(source.slices)
    rows, columns = source.slices[0].size
    if (columns, rows, slices) != shape or not np.allclose(source.affine, view.summary.source.affine, atol=1e-6):
        raise OutputSkippedError(
            f"the source is now {columns} × {rows} × {slices} voxels in another place; read were {shape}. Run again."
        )
    return source


def _report(view: CaseView, folder: Path) -> bytes:
    """Return the report's PDF, drawn anew unless it was just written as an output of its own."""
    name = REPORT.file_names(view.summary.case)["report"]
    if name in view.summary.outputs.values():
        return (folder / name).read_bytes()
    return render_report(view, ("pdf",))["pdf"]


def _save(made: Dataset, path: Path) -> None:
    with written_whole(path) as part:
        made.save_as(part, enforce_file_format=True)


DICOM = CaseOutput(
    "dicom",
    {"dicom_map": "_map.dcm", "dicom_segmentation": "_findings.dcm", "dicom_report": "_report.dcm"},
    _write,
    can_name_patient=True,
)
