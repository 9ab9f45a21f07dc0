"""The DICOM slices behind a volume that was read, for those who write something that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from acd_monai.data.affine import frame_affine
from acd_monai.data.dicom import find_group, find_group_in_folder
from acd_monai.data.dicom_geometry import order_slices
from acd_monai.data.dicom_header import SliceHeader, open_dicom
from acd_monai.data.formats import sniff_format
from acd_monai.data.reader import parse_locator
from acd_monai.data.slice_resampling import SliceResampling

__all__ = ["DicomSource", "find_dicom_source"]


class DicomSource(NamedTuple):
    """Where a volume or a picture comes from.

    Attributes:
        slices: in the order of the array's last axis.
        affine: float64 ``(4, 4)``, as the reader gave it; of a picture its pixel grid.
        resampling: how these slices became the array's, where they were resampled; None: they are the array's own.
        header: of the first slice's file, without pixels.
    """

    slices: tuple[SliceHeader, ...]
    affine: np.ndarray
    resampling: SliceResampling | None
    header: Dataset


def find_dicom_source(locator: str | Path | Sequence[str | Path]) -> DicomSource | None:
    """Find the slices of what :func:`acd_monai.data.read_volume` has read.

    Args:
        locator: as it was given to the reader.

    Returns:
        The slices; None when the locator is no DICOM image.

    Raises:
        InputError: the files are no longer what was read.
    """
    paths, volume, series = parse_locator(locator)
    first = Path(paths[0])
    if len(paths) == 1 and first.is_dir():
        group = find_group_in_folder(first, series, volume)
    elif len(paths) > 1 or sniff_format(first) == "dicom":
        group = find_group(paths, volume)
    else:
        return None
    header = open_dicom(group.slices[0].path, pixels=False)
    if group.slices[0].is_picture:
        return DicomSource(group.slices[:1], frame_affine(), None, header)
    # Uneven slices were resampled, or they would not have been read.
    grid = order_slices(group.slices, first.name, resample_uneven=True)
    return DicomSource(grid.slices, grid.affine, grid.resampling, header)
