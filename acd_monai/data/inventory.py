"""Everything in a folder as facts: patients, studies, series, volumes, files; what would be read, and why not the rest.

Only headers are read. Slices are ordered and checked as for reading, so a geometry that will be refused is known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from acd_monai.data.cases import NO_SERIES, Survey
from acd_monai.data.dicom import LeftOut
from acd_monai.data.dicom_cases import DicomEntry
from acd_monai.data.dicom_geometry import EVEN_TOLERANCE, order_slices
from acd_monai.data.dicom_groups import SliceGroup
from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.file_facts import FileFacts, file_facts
from acd_monai.data.grid_facts import is_tilted, plane_of, spacing_of
from acd_monai.data.privacy import identity_keys, mask_path, study_alias
from acd_monai.data.selection import Selection, is_reformat
from acd_monai.data.series_text import header_text
from acd_monai.errors import InputError

__all__ = ["FileEntry", "Inventory", "PatientEntry", "SeriesEntry", "StudyEntry", "VolumeEntry", "take_inventory"]

_NAMELESS = "series"
"""What messages call a series where the text beside them names it already."""


@dataclass(frozen=True)
class VolumeEntry:
    """One volume or picture of a series.

    Attributes:
        kind: ``"volume"`` or ``"frame"``, what it is read as.
        size: columns, rows, slices.
        spacing: between columns, rows and slices in mm; NaN where unknown.
        plane: such as ``"axial"``; empty for a frame.
        flags: ``"tilted"``, ``"uneven"``, ``"4-D"`` (others lie at the same place), ``"mosaic"``, ``"localizer"``,
            ``"reformat"``, ``"derived"``.
        case: the name it is read under; empty when it is left out.
        reason: why it is left out or, with a case, why reading it will fail; empty when it is read.
        notes: what will be said of it, one line each.
    """

    kind: str
    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    plane: str
    flags: tuple[str, ...]
    case: str
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        """True when a map can be expected of it."""
        return bool(self.case) and not self.reason


@dataclass(frozen=True)
class SeriesEntry:
    """One DICOM series; texts are masked where they mention the patient.

    Attributes:
        number: SeriesNumber, None when the header has none.
        uid: SeriesInstanceUID where the number alone does not name the series within its study, else empty.
        modality: DICOM modality, may be empty.
        body_part: BodyPartExamined or what stands for it, may be empty.
        description: SeriesDescription, may be empty.
        volumes: at least one.
    """

    number: int | None
    uid: str
    modality: str
    body_part: str
    description: str
    volumes: tuple[VolumeEntry, ...]


@dataclass(frozen=True)
class StudyEntry:
    """One study under a name that says nothing of the patient."""

    alias: str
    series: tuple[SeriesEntry, ...]


@dataclass(frozen=True)
class PatientEntry:
    """One patient, known by a number alone."""

    number: int
    studies: tuple[StudyEntry, ...]


@dataclass(frozen=True)
class FileEntry:
    """A file that is not DICOM.

    Attributes:
        path: below the input, masked where it mentions a DICOM patient.
        facts: its header's.
        cases: the names it is read under, none when left out.
    """

    path: str
    facts: FileFacts
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """What is there.

    Attributes:
        patients: with their DICOM studies.
        files: the other image files.
        left_out: files that are neither part of a volume nor among ``files`` (no images, results, junk).
    """

    patients: tuple[PatientEntry, ...]
    files: tuple[FileEntry, ...]
    left_out: tuple[LeftOut, ...]


def take_inventory(survey: Survey, roots: Sequence[Path], selection: Selection | None = None) -> Inventory:
    """Turn a survey into facts to show.

    Args:
        survey: from :func:`acd_monai.data.cases.survey_inputs`.
        roots: the inputs, to which paths are told relative.
        selection: what the survey was made with.

    Returns:
        Patients in the order in which they were met, and files.
    """
    keys = identity_keys(header for entry, _ in survey.entries for header in entry.group.slices)
    tree: dict[tuple[str, ...], dict[str, dict[str, list[tuple[DicomEntry, str]]]]] = {}
    for entry, case in survey.entries:
        first = entry.group.slices[0]
        study = study_alias(first)
        known = first.identity[:1] if any(first.identity[:1]) else first.identity  # the ID, else the name
        patient = known if any(known) else (study,)
        tree.setdefault(patient, {}).setdefault(study, {}).setdefault(first.series, []).append((entry, case))
    patients = tuple(
        PatientEntry(
            number,
            tuple(StudyEntry(alias, _series_entries(series, keys, selection)) for alias, series in studies.items()),
        )
        for number, studies in enumerate(tree.values(), start=1)
    )
    files = tuple(
        FileEntry(mask_path(_below(path, roots), keys), file_facts(path), tuple(cases)) for path, cases in survey.files
    )
    of_volumes = {NO_SERIES, *(entry.reason for entry, _ in survey.entries if entry.case is None)}
    left_out = tuple(item for item in survey.left_out if item.reason not in of_volumes)
    return Inventory(patients, files, left_out)


def _series_entries(
    series: dict[str, list[tuple[DicomEntry, str]]], keys: frozenset[str], selection: Selection | None
) -> tuple[SeriesEntry, ...]:
    numbers = Counter(entries[0][0].group.slices[0].series_number for entries in series.values())
    result = []
    for uid, entries in series.items():
        first = entries[0][0].group.slices[0]
        places = Counter(_place(entry.group) for entry, _ in entries)
        named = first.series_number is not None and numbers[first.series_number] == 1
        result.append(
            SeriesEntry(
                number=first.series_number,
                uid="" if named or uid.startswith("folder:") else uid,
                modality=first.modality,
                body_part=header_text(first.body_part, keys),
                description=header_text(first.series_description, keys),
                volumes=tuple(
                    _volume_entry(entry, case, selection, places[_place(entry.group)] > 1) for entry, case in entries
                ),
            )
        )
    return tuple(result)


def _volume_entry(entry: DicomEntry, case: str, selection: Selection | None, is_4d: bool) -> VolumeEntry:
    group = entry.group
    first = group.slices[0]
    flags = ["4-D"] if is_4d and not first.is_picture else []
    flags += _header_flags(first)
    spacing = _header_spacing(first)
    notes = list(entry.case.notes) if entry.case else []
    if entry.case and selection is not None and not selection.fits_modality(first):
        notes.insert(0, f"modality is {first.modality}; the domain is made for {' or '.join(selection.modalities)}")
    problem = ""
    if first.is_mosaic:
        problem = "a Siemens mosaic (many slices tiled into one picture) is not read"
    elif not first.is_picture:
        try:
            grid = order_slices(group.slices, _NAMELESS)
            spacing = tuple(float(value) for value in spacing_of(grid.affine))
            flags += ["tilted"] if is_tilted(grid.affine) else []
            notes += grid.warnings
        except InputError as error:
            problem = str(error).removeprefix(f"{_NAMELESS}: ")
    if _is_uneven(group):
        flags.append("uneven")
    return VolumeEntry(
        kind="frame" if first.is_picture else "volume",
        size=(first.size[1], first.size[0], len(group.slices)),
        spacing=(spacing[0], spacing[1], spacing[2]),
        plane=plane_of(first.orientation),
        flags=tuple(flags),
        case=case,
        reason=entry.reason or problem,
        notes=(*notes, *group.warnings),
    )


def _header_flags(header: SliceHeader) -> list[str]:
    names = {
        "mosaic": header.is_mosaic,
        "localizer": header.is_localizer,
        "reformat": is_reformat(header),
        "derived": bool(header.image_type) and header.image_type[0].strip() == "DERIVED",
    }
    return [name for name, is_set in names.items() if is_set]


def _header_spacing(header: SliceHeader) -> tuple[float, ...]:
    """Return what one header alone says of the spacing."""
    row, column = (float("nan"),) * 2 if header.spacing is None else (float(value) for value in header.spacing)
    return column, row, header.slice_spacing or float("nan")


def _place(group: SliceGroup) -> tuple[object, ...]:
    """Return what two volumes of a 4-D series share: orientation and positions, rounded."""
    orientation = group.slices[0].orientation
    corners = sorted(() if h.position is None else tuple(np.round(h.position, 2)) for h in group.slices)
    return (None if orientation is None else tuple(np.round(orientation, 3)), *corners)


def _is_uneven(group: SliceGroup) -> bool:
    """Tell whether the gaps between slices differ by more than rounding."""
    orientation = group.slices[0].orientation
    if orientation is None or len(group.slices) < 3 or any(header.position is None for header in group.slices):
        return False
    along = np.sort(np.array([h.position for h in group.slices]) @ np.cross(orientation[:3], orientation[3:]))
    gaps = np.diff(along)
    return bool(np.isfinite(gaps).all() and gaps.max() - gaps.min() > EVEN_TOLERANCE * max(1.0, float(np.median(gaps))))


def _below(path: Path, roots: Sequence[Path]) -> str:
    """Return a path relative to the input it lies in."""
    for root in roots:
        if root.is_dir() and path.is_relative_to(root):
            return (Path(root.resolve().name) / path.relative_to(root)).as_posix()
    return path.name
