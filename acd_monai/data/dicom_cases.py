"""One case for each volume in a pile of DICOM headers: its name, its locator, and what is left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from os.path import commonpath
from pathlib import Path
from typing import NamedTuple

from acd_monai.data.dicom import LeftOut
from acd_monai.data.dicom_groups import SliceGroup, group_slices
from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.privacy import identity_keys, mask_path, mentions_patient, study_alias
from acd_monai.data.selection import Selection, judge_groups

__all__ = ["DicomCase", "DicomEntry", "dicom_entries", "left_out_files"]


class DicomCase(NamedTuple):
    """A case whose name is not yet made safe and unique.

    Attributes:
        name: wanted name.
        locator: for :func:`acd_monai.data.reader.read_volume`.
        source: short description without patient data.
        notes: what the reader of its map should know, one line each.
    """

    name: str
    locator: str | list[str]
    source: str
    notes: tuple[str, ...] = ()


class DicomEntry(NamedTuple):
    """One volume or picture found in DICOM headers, read or not.

    Attributes:
        group: its slices.
        case: what is made of it; None when it is left out.
        reason: why it is left out, else empty.
    """

    group: SliceGroup
    case: DicomCase | None
    reason: str


def dicom_entries(
    headers: tuple[SliceHeader, ...], root: Path, file_name: str | None = None, selection: Selection | None = None
) -> list[DicomEntry]:
    """Judge DICOM headers and make cases of what is read.

    Args:
        headers: every frame found below ``root``.
        root: the input folder, to which paths are told relative.
        file_name: the cases' name when one file was given; else they are named by folder and series number.
        selection: which series are wanted; all images but localizers and screen captures when None.

    Returns:
        An entry for each volume, series by series; see :func:`acd_monai.data.selection.judge_groups`.
    """
    verdicts = judge_groups(group_slices(headers), selection)
    keys = identity_keys(headers)
    by_file: dict[str, list[SliceHeader]] = defaultdict(list)
    for header in headers:
        by_file[header.path].append(header)
    kept = Counter(verdict.group.slices[0].series for verdict in verdicts if not verdict.reason)
    taken: Counter[str] = Counter()
    numbers = _VolumeNumbers(by_file)
    entries = []
    for group, reason, notes in verdicts:
        case, series = None, group.slices[0].series
        if not reason:
            case = _case(group, taken[series], kept[series], numbers, root, keys, file_name)._replace(notes=notes)
            taken[series] += 1
        entries.append(DicomEntry(group, case, reason))
    return entries


def left_out_files(entries: list[DicomEntry], root: Path) -> list[LeftOut]:
    """List the files of the entries that are not read, paths without patient data."""
    keys = identity_keys(header for entry in entries for header in entry.group.slices)
    return [
        LeftOut(mask_path(_below(Path(path), root), keys), entry.reason)
        for entry in entries
        if entry.case is None
        for path in dict.fromkeys(header.path for header in entry.group.slices)
    ]


def _case(
    group: SliceGroup,
    index: int,
    count: int,
    numbers: _VolumeNumbers,
    root: Path,
    keys: frozenset[str],
    file_name: str | None,
) -> DicomCase:
    first = group.slices[0]
    folder = Path(commonpath([str(Path(header.path).parent) for header in group.slices]))
    number = "" if first.series_number is None or file_name else f"_s{first.series_number}"
    name = file_name or folder.resolve().name or "dicom"
    if mentions_patient(name, keys):
        name = study_alias(first)
    end = f"_v{index:03d}" if count > 1 else ""
    details = [first.modality or "DICOM"]
    if first.series_number is not None:
        details.append(f"series {first.series_number}")
    if count > 1:
        details.append(f"volume {index} of {count}")
    details.append("1 slice" if len(group.slices) == 1 else f"{len(group.slices)} slices")
    where = mask_path(_below(folder, root), keys)
    return DicomCase(f"{name}{number}{end}", numbers.locator(group), f"{where} ({', '.join(details)})")


class _VolumeNumbers:
    """Finds the number that a group has among all volumes of its files; counts each set of files once."""

    def __init__(self, by_file: dict[str, list[SliceHeader]]) -> None:
        self._by_file = by_file
        self._counted: dict[tuple[str, ...], dict[frozenset[tuple[str, int]], int]] = {}

    def locator(self, group: SliceGroup) -> str | list[str]:
        """List the group's files; add which volume of them it is where they hold more than one."""
        paths = list(dict.fromkeys(header.path for header in group.slices))
        together = [header for path in paths for header in self._by_file[path]]
        if len(together) > len(group.slices):
            files = tuple(paths)
            if files not in self._counted:
                self._counted[files] = {_frames(other): n for n, other in enumerate(group_slices(together))}
            number = self._counted[files].get(_frames(group))
            if number is not None:
                paths[0] = f"{paths[0]}#volume={number}"
        return paths[0] if len(paths) == 1 else paths


def _frames(group: SliceGroup) -> frozenset[tuple[str, int]]:
    return frozenset((header.path, header.frame) for header in group.slices)


def _below(path: Path, root: Path) -> str:
    """Return a path relative to the input, starting with the input folder's name."""
    return (Path(root.resolve().name) / path.relative_to(root)).as_posix()
