"""The words and numbers of the case report: what was scanned, what scored it, the findings, and a text alternative."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from acd_monai.data.dicom_header import text
from acd_monai.reports.components import Component, Point
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.summary import NOTICE

__all__ = [
    "Table",
    "alternative_text",
    "describe_findings",
    "describe_model",
    "describe_patient",
    "describe_scan",
    "describe_top",
    "place",
    "place_along",
]

Lines = list[tuple[str, str]]
"""Name and value."""


class Table(NamedTuple):
    """Findings, ready to print.

    Attributes:
        columns: names with units.
        rows: as many cells as columns.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def place(point: Point) -> str:
    """Say where a point is, from the patient's side.

    Args:
        point: RAS+ millimetres.

    Example:
        >>> place((-25.0, 2.0, 24.96))
        'L 25.0, A 2.0, S 25.0'
    """
    return ", ".join(place_along(axis, value) for axis, value in enumerate(point))


def place_along(axis: int, value: float) -> str:
    """Say a coordinate of axis 0, 1 or 2 from the patient's side."""
    return f"{('RL', 'AP', 'SI')[axis][int(value < 0)]} {abs(value):.1f}"


def describe_scan(view: CaseView) -> Lines:
    """Say what was scanned, without patient data."""
    source, video = view.summary.source, view.summary.video
    i, j, k = source.shape
    lines = [("case", view.summary.case)]
    if view.scanned:
        lines.append(("source", view.scanned))
    lines.append(("domain", view.summary.domain))
    if source.modality:
        lines.append(("modality", source.modality))
    if source.kind == "volume":
        sizes = " × ".join(f"{size:.2f}" for size in np.linalg.norm(source.affine[:3, :3], axis=0))
        lines += [("grid", f"{i} × {j} × {k} voxels"), ("voxel", f"{sizes} mm")]
        lines.append(
            ("scored", f"{_scored(view)} of {len(view.summary.slices.scores)} {view.summary.slices.plane} slices")
        )
    else:
        lines.append(("grid", f"{i} × {j} pixels (columns × rows)"))
    if video:
        every = video["frames_scored"] + video["frames_skipped"]
        lines.append(("scored", f"{video['frames_scored']} of {every} frames, {video['duration_s']:.1f} s"))
    return lines


def describe_patient(header: Dataset | None) -> Lines:
    """Say who was scanned, as far as the DICOM header says."""
    if header is None:
        return [("patient", "not known: the source is not DICOM")]
    said = {
        "patient": text(header, "PatientName").replace("^", " ").strip(),
        "patient ID": text(header, "PatientID"),
        "birth date, sex": " ".join(filter(None, (text(header, "PatientBirthDate"), text(header, "PatientSex")))),
        "study date": text(header, "StudyDate"),
    }
    return [(name, value or "not in the header") for name, value in said.items()]


def describe_model(view: CaseView) -> Lines:
    """Say what scored the case, and from which threshold on a voxel is a finding."""
    summary = view.summary
    model, components = summary.model, summary.components
    score = f"{summary.case_score:.3f}" if math.isfinite(summary.case_score) else "none: nothing was scored"
    return [
        ("case score", f"{score} (0 to 1)"),
        ("findings", str(components.total) + (f", {_total_size(view)} in all" if components.total else "")),
        ("threshold", f"{summary.threshold.value:.3f} ({summary.threshold.source})"),
        ("method", f"{model['method']}, noun '{model['nouns'][0]}'"),
        ("weights", _weights(model["weights"])),
        ("backbone", f"{model['backbone']}, {model['image_size']} px; {_weights(model['backbone_weights'])}"),
        ("software", f"acd_monai {summary.versions.get('acd_monai') or ''}".strip()),
    ]


def describe_top(view: CaseView) -> str:
    """Say in a line what the pictures show."""
    summary = view.summary
    if not summary.components.items:
        what = "voxel" if summary.source.kind == "volume" else "pixel"
        return f"No finding: no {what} reaches {summary.threshold.value:.3f}. Shown: the highest"
    item = summary.components.items[0]
    where = f"{place(item.peak_mm)} mm" if summary.source.kind == "volume" else _pixel(item)
    return f"Finding 1: peak {item.peak:.3f} at {where}, {_size(view, item)}"


def describe_findings(view: CaseView, most: int) -> Table:
    """List the findings, highest peak first, at most ``most``."""
    source, axis = view.summary.source, view.summary.slices.source_axis
    items = view.summary.components.items[:most]
    if source.kind == "volume":
        columns = ("", "peak score", "volume mm³", "sphere ∅ mm", "peak at mm", "centre at mm", "slice")
        return Table(columns, [_volume_row(number, item, axis) for number, item in enumerate(items, 1)])
    names = ("", "peak score", "area px", "peak at column, row px", "centre at column, row px")
    rows = [_frame_row(number, item) for number, item in enumerate(items, 1)]
    if source.kind == "frame":
        return Table(names, rows)
    labels = view.picture.labels
    return Table((*names, "time"), [(*row, labels[item.peak_voxel[2]]) for row, item in zip(rows, items, strict=True)])


def alternative_text(view: CaseView) -> str:
    """Say in sentences what the page shows, for those who cannot see it."""
    told = "; ".join(f"{name}: {value}" for name, value in (*describe_scan(view), *describe_model(view)))
    shown = {
        "volume": "axial, coronal and sagittal slices through that point, plain and with the anomaly map laid over",
        "frame": "the picture, plain and with the anomaly map laid over",
        "video": "the highest frame, plain and with the anomaly map laid over",
    }[view.summary.source.kind]
    alert = f"{view.alert}. " if view.alert else ""
    return f"{NOTICE} {alert}Anomaly report. {told}. {describe_top(view)}. Pictures: {shown}. Then scores and findings."


def _scored(view: CaseView) -> int:
    return int(np.count_nonzero(np.isfinite(view.summary.slices.scores)))


def _total_size(view: CaseView) -> str:
    total = view.summary.components.total_volume_mm3
    return f"{total:.0f} mm³" if view.summary.source.kind == "volume" else f"{total:.0f} px"


def _size(view: CaseView, item: Component) -> str:
    return f"{item.volume_mm3:.0f} mm³" if view.summary.source.kind == "volume" else f"{item.voxels} px"


def _pixel(item: Component) -> str:
    return f"column {item.peak_voxel[0]}, row {item.peak_voxel[1]}"


def _weights(weights: str | Mapping[str, Any] | None) -> str:
    if isinstance(weights, Mapping):
        return f"{weights.get('source', 'weights')}, sha256 {str(weights.get('sha256', ''))[:12]}…"
    return str(weights or "none")


def _volume_row(number: int, item: Component, axis: int) -> tuple[str, ...]:
    diameter = (6.0 * item.volume_mm3 / math.pi) ** (1 / 3)
    where = place(item.peak_mm), place(item.centroid_mm)
    return (
        str(number),
        f"{item.peak:.3f}",
        f"{item.volume_mm3:.0f}",
        f"{diameter:.1f}",
        *where,
        str(item.peak_voxel[axis]),
    )


def _frame_row(number: int, item: Component) -> tuple[str, ...]:
    (x, y, _), (column, row, _) = item.centroid_voxel, item.peak_voxel
    return str(number), f"{item.peak:.3f}", str(item.voxels), f"{column}, {row}", f"{x:.0f}, {y:.0f}"
