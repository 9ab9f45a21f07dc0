"""An inventory as text for a terminal: the tree of patients, studies and series, then files, then what is left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from acd_monai.data.inventory import FileEntry, Inventory, PatientEntry, SeriesEntry, VolumeEntry

__all__ = ["inventory_text"]

_GAP = "  "


def inventory_text(inventory: Inventory, title: str) -> str:
    """Write an inventory down.

    Args:
        inventory: from :func:`acd_monai.data.inventory.take_inventory`.
        title: first lines: what was inspected, and for which domain.

    Returns:
        Lines, the last with a line end.
    """
    blocks = [[title]]
    blocks += [list(_patient_lines(patient)) for patient in inventory.patients]
    if inventory.files:
        blocks.append(list(_file_lines(inventory.files)))
    if inventory.left_out:
        blocks.append(list(_left_out_lines(inventory)))
    blocks.append([_total(inventory)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _patient_lines(patient: PatientEntry) -> Iterator[str]:
    yield f"patient {patient.number}"
    for study in patient.studies:
        yield f"  {study.alias}"
        rows = [_series_cells(series) for series in study.series]
        for series, row in zip(study.series, _aligned(rows), strict=True):
            yield f"    {row}"
            if series.uid:
                yield f"      UID {series.uid}"
            runs = [list(run) for _, run in groupby(series.volumes, key=_looks)]
            facts = _aligned([_volume_cells(run) for run in runs])
            for run, cells in zip(runs, facts, strict=True):
                yield f"      {cells}"
                yield from (f"        {line}" for line in _fate(run))


def _series_cells(series: SeriesEntry) -> list[str]:
    number = "no number" if series.number is None else f"series {series.number}"
    description = f'"{series.description}"' if series.description else "no description"
    return [number, series.modality or "no modality", series.body_part or "no body part", description]


def _looks(volume: VolumeEntry) -> tuple[object, ...]:
    """What volumes that are told in one line have in common."""
    spacing = tuple(f"{value:.3g}" for value in volume.spacing)
    return volume.kind, volume.size, spacing, volume.plane, volume.flags, bool(volume.case), volume.reason, volume.notes


def _volume_cells(run: Sequence[VolumeEntry]) -> list[str]:
    first = run[0]
    columns, rows, slices = first.size
    many = len(run) > 1
    if first.kind == "frame":
        return [f"{len(run)} frames of {columns} x {rows}" if many else f"frame {columns} x {rows}", *_flagged(first)]
    shape = f"{'1 slice' if slices == 1 else f'{slices} slices'} of {columns} x {rows}"
    size = f"{len(run)} volumes of {shape}" if many else shape
    spacing = " x ".join("?" if math.isnan(value) else f"{value:.2f}" for value in first.spacing)
    return [size, f"{spacing} mm", first.plane or "no plane", *_flagged(first)]


def _flagged(volume: VolumeEntry) -> list[str]:
    return [", ".join(volume.flags)] if volume.flags else []


def _fate(run: Sequence[VolumeEntry]) -> Iterator[str]:
    """Say what becomes of volumes that look alike."""
    first = run[0]
    if not first.case:
        yield f"not read: {first.reason}"
        return
    if first.reason:
        yield f"WILL FAIL as {_names([v.case for v in run])}: {first.reason}"
    else:
        yield f"read as {first.kind} {_names([v.case for v in run])}"
    yield from (f"note: {note}" for note in first.notes)


def _file_lines(files: Sequence[FileEntry]) -> Iterator[str]:
    yield "files that are not DICOM"
    runs = [list(run) for _, run in groupby(files, key=lambda file: (*_folder(file), file.facts, bool(file.cases)))]
    for run, row in zip(runs, _aligned([_file_cells(run) for run in runs]), strict=True):
        yield f"  {row}"
        names = [name for file in run for name in file.cases]
        problem = run[0].facts.problem
        if not names:
            yield "    not read: a DICOM series was asked for"
        elif problem:
            yield f"    WILL FAIL as {_names(names)}: {problem}"
        else:
            yield f"    read as {_names(names)}"


def _folder(file: FileEntry) -> tuple[str, ...]:
    """Pictures of one folder are told together, volumes one by one."""
    folder, _, name = file.path.rpartition("/")
    return (folder,) if not file.facts.spacing and not file.facts.problem else (folder, name)


def _file_cells(run: Sequence[FileEntry]) -> list[str]:
    first = run[0]
    folder = first.path.rpartition("/")[0]
    where = first.path if len(run) == 1 else f"{folder or '.'}: {len(run)} files"
    facts = first.facts
    spacing = " x ".join(f"{value:.2f}" for value in facts.spacing)
    shape = " x ".join(map(str, facts.shape))
    return [where, facts.kind, shape, f"{spacing} mm" if spacing else "", facts.orientation, ", ".join(facts.flags)]


def _left_out_lines(inventory: Inventory) -> Iterator[str]:
    total = len(inventory.left_out)
    yield f"left out: {total} file{'' if total == 1 else 's'}"
    counted = Counter(item.reason for item in inventory.left_out).most_common()
    width = len(str(counted[0][1]))
    for reason, count in counted:
        example = next(item.path for item in inventory.left_out if item.reason == reason)
        yield f"  {count:{width}} x {reason} ({'' if count == 1 else 'such as '}{example})"


def _total(inventory: Inventory) -> str:
    volumes = [v for p in inventory.patients for study in p.studies for s in study.series for v in s.volumes]
    good = [volume.kind for volume in volumes if volume.is_read]
    bad = sum(bool(volume.case) and not volume.is_read for volume in volumes)
    for file in inventory.files:
        kind = "frame" if file.facts.shape and not file.facts.spacing else "volume"
        good += [] if file.facts.problem else [kind] * len(file.cases)
        bad += len(file.cases) if file.facts.problem else 0
    parts = [f"{n} {kind}{'' if n == 1 else 's'}" for kind in ("volume", "frame") if (n := good.count(kind))]
    failing = f"; {bad} case{'' if bad == 1 else 's'} will fail" if bad else ""
    return f"would be read: {' and '.join(parts) or 'nothing'}{failing}"


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)} cases)"


def _aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Pad cells so that columns line up, without spaces at the ends."""
    rows = [list(row) for row in rows]
    count = max((len(row) for row in rows), default=0)
    widths = [max((len(row[index]) for row in rows if len(row) > index), default=0) for index in range(count)]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=False) if width).rstrip() for row in rows
    ]
