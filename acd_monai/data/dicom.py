"""DICOM to :class:`Volume`: headers first, then slices grouped and ordered by where they lie, then pixels.

Readers that trust file names or instance numbers put 9 of 10 kinds of real series in the wrong place (tilt, 4-D,
several orientations in a folder); here the order and the affine come from each slice's own position.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acd_monai.data.affine import MAX_VOXELS, frame_affine
from acd_monai.data.dicom_frames import CHOOSE_SCAN, read_slice_headers
from acd_monai.data.dicom_geometry import SliceGrid, order_slices
from acd_monai.data.dicom_groups import SliceGroup, group_slices
from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.dicom_pixels import read_frames, read_picture
from acd_monai.data.slice_resampling import resample_slices
from acd_monai.data.volume import Volume
from acd_monai.data.walk import walk_files
from acd_monai.errors import GeometryError, InputError

__all__ = [
    "DicomScan",
    "LeftOut",
    "find_group",
    "find_group_in_folder",
    "read_dicom",
    "read_dicom_folder",
    "read_group",
    "scan_dicom",
]

logger = logging.getLogger(__name__)

TOMOGRAPHY = {"OPT", "OCT"}
"""Modalities whose frames are slices of tissue, although many files do not say where they lie."""

_NO_PLACE = "no position in the header: this B-scan is read as a picture of its own, in pixels and not in millimetres"


class LeftOut(NamedTuple):
    """A file that is no part of any case.

    Attributes:
        path: the file.
        reason: why, for people.
    """

    path: str
    reason: str


class DicomScan(NamedTuple):
    """Headers of the images among some files.

    Attributes:
        headers: one for each frame.
        left_out: the files that are no DICOM images.
    """

    headers: tuple[SliceHeader, ...]
    left_out: tuple[LeftOut, ...]


def scan_dicom(paths: Iterable[str | Path]) -> DicomScan:
    """Read headers, and say which files are no images.

    Args:
        paths: files, of any kind.

    Returns:
        Headers and what was left out with its reason; nothing is raised for single files.
    """
    headers: list[SliceHeader] = []
    left_out = []
    for path in paths:
        try:
            headers += read_slice_headers(path)
        except InputError as error:
            reason = str(error).removeprefix(f"{Path(path).name}: ").removesuffix(CHOOSE_SCAN).rstrip(".")
            left_out.append(LeftOut(str(path), reason))
            logger.debug("left out: %s", error)
    return DicomScan(tuple(headers), tuple(left_out))


def read_dicom_folder(
    folder: str | Path, series: str | None = None, volume: int | None = None, resample_uneven: bool = False
) -> Volume:
    """Read the one volume in a folder, or the one chosen.

    Args:
        folder: searched recursively.
        series: SeriesInstanceUID, needed where there are several.
        volume: 0-based number among the volumes (of the series), needed where there are several.
        resample_uneven: resample unevenly spaced slices to an even grid instead of refusing them.

    Returns:
        The volume.

    Raises:
        InputError: no image, or several and none chosen.
        GeometryError: its place cannot be known exactly.
    """
    return read_group(find_group_in_folder(folder, series, volume), resample_uneven)


def read_dicom(paths: Sequence[str | Path], volume: int | None = None, resample_uneven: bool = False) -> Volume:
    """Read the one volume that some files make, or the one chosen.

    Args:
        paths: DICOM files, in any order.
        volume: 0-based number among the volumes, needed where there are several.
        resample_uneven: resample unevenly spaced slices to an even grid instead of refusing them.

    Returns:
        The volume.

    Raises:
        InputError: a file is no DICOM image, or the files make several volumes and none is chosen.
        GeometryError: its place cannot be known exactly.
    """
    return read_group(find_group(paths, volume), resample_uneven)


def find_group_in_folder(folder: str | Path, series: str | None = None, volume: int | None = None) -> SliceGroup:
    """Return the slices that :func:`read_dicom_folder` reads.

    Raises:
        InputError: no image, or several volumes and none chosen.
    """
    scan = scan_dicom(walk_files(Path(folder)))
    if not scan.headers:
        reasons = "; ".join(sorted({item.reason for item in scan.left_out})[:3]) or "no files"
        raise InputError(f"{folder}: no DICOM images in the folder ({reasons}). Give the folder that holds the scan.")
    headers = scan.headers
    if series is not None:
        headers = tuple(h for h in headers if h.series == series)
        if not headers:
            raise InputError(f"{folder}: no series {series!r}. Leave out #series= to see which there are.")
    return _choose(group_slices(headers), volume, Path(folder).name or str(folder))


def find_group(paths: Sequence[str | Path], volume: int | None = None) -> SliceGroup:
    """Return the slices that :func:`read_dicom` reads.

    Raises:
        InputError: a file is no DICOM image, or the files make several volumes and none is chosen.
    """
    headers = [header for path in paths for header in read_slice_headers(path)]
    name = Path(paths[0]).name if len(paths) == 1 else f"{Path(paths[0]).name} and {len(paths) - 1} more files"
    return _choose(group_slices(headers), volume, name)


def read_group(group: SliceGroup, resample_uneven: bool = False) -> Volume:
    """Order one group's slices, check them and read their pixels.

    Args:
        group: slices as :func:`acd_monai.data.dicom_groups.group_slices` makes them.
        resample_uneven: resample unevenly spaced slices to an even grid instead of refusing them.

    Returns:
        A volume with its place, or a picture (``kind="frame"``) where the header has no geometry at all.

    Raises:
        InputError: the pixels cannot be read, or the kind of image is not supported (mosaic).
        GeometryError: its place cannot be known exactly.
    """
    first = group.slices[0]
    name = _name(group)
    if any(header.is_mosaic for header in group.slices):
        raise InputError(
            f"{name}: a Siemens mosaic (many slices tiled into one picture) is not read. "
            "Convert the series with dcm2niix and give the NIfTI file."
        )
    if first.is_picture:
        pixels = read_picture(first.path, first.frame)
        array = _channels_first(pixels)[..., None]
        warnings = [*group.warnings, *([_NO_PLACE] if first.modality in TOMOGRAPHY else [])]
        return Volume(np.ascontiguousarray(array), frame_affine(), "frame", first.modality, tuple(warnings))
    if not first.has_place:
        raise GeometryError(
            f"{name}: neither ImagePositionPatient nor ImageOrientationPatient in the header; both are needed for "
            f"modality {first.modality!r}. Export the series again with its geometry."
        )
    grid = order_slices(group.slices, name, resample_uneven)
    array = _read_pixels(grid, name)
    if grid.resampling is not None:
        array = resample_slices(array, grid.resampling)
    warnings = [*group.warnings, *grid.warnings]
    if first.photometric == "MONOCHROME1":
        warnings.append("MONOCHROME1: stored values were inverted")
    if first.modality == "CT" and array.shape[0] == 1 and any(header.rescale is None for header in group.slices):
        warnings.append("no rescale in the header: stored values are taken for Hounsfield units")
    return Volume(array, grid.affine, "volume", first.modality, tuple(warnings))


def _read_pixels(grid: SliceGrid, name: str) -> np.ndarray:
    """Read every slice once, file by file, into ``(C, columns, rows, slices)``."""
    rows, columns = grid.slices[0].size
    if rows * columns * len(grid.slices) > MAX_VOXELS:
        raise InputError(f"{name}: {columns} x {rows} x {len(grid.slices)} voxels; at most {MAX_VOXELS} are read.")
    by_file: dict[str, dict[int, int]] = defaultdict(dict)
    for k, header in enumerate(grid.slices):
        by_file[header.path][header.frame] = k
    array: np.ndarray | None = None
    for path, frames in by_file.items():
        for frame, pixels in read_frames(path, {frame: grid.slices[k].rescale for frame, k in frames.items()}):
            plane = _channels_first(pixels)
            if array is None:  # contiguous as it is returned: MONAI would copy a transposed array
                array = np.empty((*plane.shape, len(grid.slices)), dtype=np.float32)
            if plane.shape != array.shape[:3]:
                raise InputError(
                    f"{Path(path).name}: (channels, columns, rows) are {plane.shape}, in the slices before "
                    f"{array.shape[:3]}; all slices of a volume must agree. Give one series by itself."
                )
            array[..., frames[frame]] = plane
    if array is None:
        raise InputError(f"{name}: no slices. Give a series with images.")
    return array


def _channels_first(pixels: np.ndarray) -> np.ndarray:
    """Turn ``(rows, columns)`` or ``(rows, columns, 3)`` into ``(C, columns, rows)``."""
    return pixels.T[None] if pixels.ndim == 2 else pixels.transpose(2, 1, 0)


def _choose(groups: list[SliceGroup], volume: int | None, name: str) -> SliceGroup:
    if volume is None:
        if len(groups) == 1:
            return groups[0]
        series = {group.slices[0].series for group in groups}
        raise InputError(
            f"{name}: {len(groups)} volumes of {len(series)} series; one is needed. Choose with "
            f"#volume=0 to #volume={len(groups) - 1} (or #series=UID on a folder), or give all to find_cases."
        )
    if not 0 <= volume < len(groups):
        raise InputError(f"{name}: no volume {volume}; there are {len(groups)}, numbered from 0. Choose one of these.")
    return groups[volume]


def _name(group: SliceGroup) -> str:
    """Name a group by its number and first file, never by what a header says of the patient."""
    first = group.slices[0]
    number = "" if first.series_number is None else f"series {first.series_number}, "
    slices = "1 slice" if len(group.slices) == 1 else f"{len(group.slices)} slices"
    return f"{Path(first.path).name} ({number}{slices})"
