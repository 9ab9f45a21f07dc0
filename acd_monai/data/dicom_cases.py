"""One case for each volume in a pile of DICOM headers: its name, its locator, and what is left out."""

from __future__ import annotations

from collections import defaultdict
from os.path import commonpath
from pathlib import Path
from typing import NamedTuple

from acd_monai.data.dicom import LeftOut
from acd_monai.data.dicom_groups import SliceGroup, group_slices
from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.privacy import identity_keys, mask_path, mentions_patient, study_alias

__all__ = ["DicomCase", "dicom_cases"]

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


class DicomCase(NamedTuple):
    """A case whose name is not yet made safe and unique.

    Attributes:
        name: wanted name.
        locator: for :func:`acd_monai.data.reader.read_volume`.
        source: short description without patient data.
    """

    name: str
    locator: str | list[str]
    source: str


def dicom_cases(
    headers: tuple[SliceHeader, ...], root: Path, file_name: str | None = None
) -> tuple[list[DicomCase], list[LeftOut]]:
    """Make cases of DICOM headers.

    Args:
        headers: every frame found below ``root``.
        root: the input folder, to which paths are told relative.
        file_name: the cases' name when one file was given; else they are named by folder and series number.

    Returns:
        The cases, series by series, and what was left out: localizers, and screen captures in a study with scans.
    """
    groups = group_slices(headers)
    keys = identity_keys(headers)
    scanned_studies = {group.slices[0].study for group in groups if group.slices[0].has_place}
    kept: dict[str, list[SliceGroup]] = defaultdict(list)
    left_out = []
    for group in groups:
        reason = _reason(group, scanned_studies)
        if reason:
            paths = dict.fromkeys(header.path for header in group.slices)
            left_out += [LeftOut(mask_path(_below(Path(path), root), keys), reason) for path in paths]
        else:
            kept[group.slices[0].series].append(group)
    by_file: dict[str, list[SliceHeader]] = defaultdict(list)
    for header in headers:
        by_file[header.path].append(header)
    cases = []
    numbers = _VolumeNumbers(by_file)
    for series in kept.values():
        for index, group in enumerate(series):
            cases.append(_case(group, index, len(series), numbers, root, keys, file_name))
    return cases, left_out


def _reason(group: SliceGroup, scanned_studies: set[str]) -> str:
    first = group.slices[0]
    if first.is_localizer:
        return "a localizer (scout) image"
    if first.is_picture and _is_screen_capture(first.sop_class) and first.study in scanned_studies:
        return "a screen capture beside the scans of a study"
    return ""


def _is_screen_capture(sop_class: str) -> bool:
    return sop_class == SECONDARY_CAPTURE or sop_class.startswith(f"{SECONDARY_CAPTURE}.")


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
