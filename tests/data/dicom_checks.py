"""The geometry proof: a volume against the plane equation of each of its slices, read from the files anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from acd_monai.data.volume import Volume

TOLERANCE = 0.01
"""How far, in mm, a corner may be from where its slice's own header puts it."""


def find(dataset: Dataset, frame: int, keyword: str) -> Any:
    """Look a keyword up where a frame may have it: its own groups, the shared ones, the file."""
    groups = dataset.get("PerFrameFunctionalGroupsSequence")
    shared = dataset.get("SharedFunctionalGroupsSequence")
    for items in ([groups[frame]] if groups else [], list(shared) if shared else []):
        for item in items:
            for element in item:
                if element.VR == "SQ" and element.value and keyword in element.value[0]:
                    return element.value[0][keyword].value
    return dataset[keyword].value if keyword in dataset else None


def plane_point(dataset: Dataset, column: float, row: float, frame: int = 0) -> np.ndarray:
    """Place a pixel by the plane equation of DICOM PS3.3 C.7.6.2.1.1, then LPS to RAS."""
    orientation = np.array(find(dataset, frame, "ImageOrientationPatient"), dtype=float)
    row_spacing, column_spacing = (float(value) for value in find(dataset, frame, "PixelSpacing"))
    lps = np.array(find(dataset, frame, "ImagePositionPatient"), dtype=float)
    lps = lps + orientation[:3] * column_spacing * column + orientation[3:] * row_spacing * row
    return lps * [-1.0, -1.0, 1.0]


def expected_values(dataset: Dataset, frame: int) -> np.ndarray:
    """Return a frame's grey values (columns, rows) as pydicom decodes them, rescaled; MONOCHROME1 inverted first."""
    pixels = dataset.pixel_array
    pixels = (pixels[frame] if int(dataset.get("NumberOfFrames") or 1) > 1 else pixels).T.astype(float)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        low = -(2 ** (dataset.BitsStored - 1)) if dataset.PixelRepresentation else 0
        pixels = 2 * low + 2**dataset.BitsStored - 1 - pixels
    slope, intercept = find(dataset, frame, "RescaleSlope"), find(dataset, frame, "RescaleIntercept")
    return pixels * float(1 if slope is None else slope) + float(intercept or 0)


def assert_placed(volume: Volume, slices: Iterable[tuple[str | Path, int]], tolerance: float = TOLERANCE) -> None:
    """Assert that every slice's four corners lie where its header puts them, with its own values between them.

    Args:
        volume: what our reader made.
        slices: (file, 0-based frame) of every slice of the volume, in any order.
        tolerance: mm.
    """
    columns, rows, count = volume.array.shape[1:]
    seen = []
    opened: dict[str, Dataset] = {}
    for path, frame in slices:
        if str(path) not in opened:
            opened[str(path)] = pydicom.dcmread(path, force=True)
        dataset = opened[str(path)]
        index = np.linalg.solve(volume.affine, np.append(plane_point(dataset, 0, 0, frame), 1.0))
        k = round(index[2])
        seen.append(k)
        for i in (0, columns - 1):
            for j in (0, rows - 1):
                ours = (volume.affine @ [i, j, k, 1.0])[:3]
                assert np.linalg.norm(ours - plane_point(dataset, i, j, frame)) <= tolerance
        if volume.array.shape[0] == 1:
            np.testing.assert_allclose(volume.array[0, :, :, k], expected_values(dataset, frame), rtol=1e-6)
    assert sorted(seen) == list(range(count)), "each slice has one place and each place one slice"
