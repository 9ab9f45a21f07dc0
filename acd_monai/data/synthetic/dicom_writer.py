"""A synthetic volume as a classic MR or CT series: one file a slice, as scanners write them.

Follows the CT and MR Image IODs of DICOM PS3.3 A.3 and A.4; the plane's place follows C.7.6.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from acd_monai.data.synthetic.dicom_modules import CT_INTERCEPT, describe_ct, describe_mr, put_pixels
from acd_monai.data.synthetic.dicom_parts import (
    RAS_TO_LPS,
    check_description,
    decimals,
    describe_case,
    find_plane,
    identify_series,
    save_dataset,
)
from acd_monai.errors import InputError

__all__ = ["write_ct_series", "write_mr_series"]


def write_mr_series(
    array: np.ndarray,
    affine: np.ndarray,
    folder: Path | str,
    *,
    seed: str = "phantom",
    series_description: str = "SYNTHETIC AX FLAIR",
    series_number: int = 1,
    study_date: str = "20240101",
) -> tuple[Path, ...]:
    """Write one MR Image Storage file a slice, named in an order that says nothing about the slices' order.

    The same arguments give the same unique identifiers. Series with the same ``seed`` belong to one study and share
    its frame of reference.

    Args:
        array: ``(I, J, K)``, columns, rows, slices; rounded to int16, so no rescale is needed.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres. Rows and columns at right angles.
        folder: Where the files go; made when missing.
        seed: Text that the study's unique identifiers are made from.
        series_description: Must say SYNTHETIC; at most 64 characters.
        series_number: Number of the series within the study.
        study_date: ``YYYYMMDD``.

    Returns:
        The files in slice order, k = 0 first.

    Raises:
        InputError: The array is not ``(I, J, K)`` or does not fit int16, or the description does not say SYNTHETIC.
        GeometryError: Rows and columns are not at right angles.
    """
    series = Dataset()
    describe_case(series, seed, "MR", "HEAD", series_description, series_number, study_date)
    return _write_series(series, describe_mr, array, affine, Path(folder), seed, window=None)


def write_ct_series(
    hounsfield: np.ndarray,
    affine: np.ndarray,
    folder: Path | str,
    *,
    seed: str = "phantom",
    series_description: str = "SYNTHETIC ABDOMEN",
    series_number: int = 1,
    study_date: str = "20240101",
) -> tuple[Path, ...]:
    """Write one CT Image Storage file a slice; see :func:`write_mr_series` for all but the first argument.

    Args:
        hounsfield: ``(I, J, K)``, columns, rows, slices, Hounsfield units; rounded, and stored with a rescale.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres. Rows and columns at right angles.
        folder: Where the files go; made when missing.
        seed: Text that the study's unique identifiers are made from.
        series_description: Must say SYNTHETIC; at most 64 characters.
        series_number: Number of the series within the study.
        study_date: ``YYYYMMDD``.
    """
    series = Dataset()
    describe_case(series, seed, "CT", "ABDOMEN", series_description, series_number, study_date)
    stored = np.rint(hounsfield) - CT_INTERCEPT
    return _write_series(series, describe_ct, stored, affine, Path(folder), seed, window=(40.0, 400.0))


def _write_series(
    series: Dataset,
    describe: Callable[[Dataset, np.ndarray, np.ndarray], None],
    array: np.ndarray,
    affine: np.ndarray,
    folder: Path,
    seed: str,
    window: tuple[float, float] | None,
) -> tuple[Path, ...]:
    """Write the slices of ``array``, stored values; without a window each is shown from its least to its greatest."""
    _check_content(array, str(series.SeriesDescription))
    stored = np.rint(array).astype("<i2")
    lps = RAS_TO_LPS @ np.asarray(affine, dtype=np.float64)[:3]
    spacing, orientation = find_plane(lps)
    digest = hashlib.sha256(stored.tobytes() + lps.tobytes()).hexdigest()
    identify_series(series, seed, digest)
    describe(series, spacing, orientation)

    folder.mkdir(parents=True, exist_ok=True)
    count = stored.shape[2]
    names = np.random.default_rng(int(digest[:8], 16)).permutation(count)
    written = []
    for k in range(count):
        slice_ = Dataset()
        slice_.update(series)
        slice_.SOPInstanceUID = generate_uid(entropy_srcs=[str(series.SeriesInstanceUID), str(k)])
        slice_.InstanceNumber = k + 1
        position = lps @ (0.0, 0.0, float(k), 1.0)
        slice_.ImagePositionPatient = decimals(position)
        slice_.SliceLocation = decimals([float(position @ np.cross(orientation[:3], orientation[3:]))])[0]
        pixels = stored[:, :, k].T
        low, high = float(pixels.min()), float(pixels.max())
        put_pixels(slice_, pixels, window or ((low + high) / 2.0, max(high - low, 1.0)))
        path = folder / f"IM{names[k] + 1:05d}.dcm"
        save_dataset(slice_, path)
        written.append(path)
    return tuple(written)


def _check_content(array: np.ndarray, series_description: str) -> None:
    if array.ndim != 3 or array.size == 0:
        raise InputError(f"array has shape {array.shape}; expected (I, J, K), none empty. Pass one grey volume.")
    low, high = float(np.min(array)), float(np.max(array))
    limits = np.iinfo(np.int16)
    if not (limits.min <= low and high <= limits.max):
        raise InputError(
            f"array ranges over [{low:.6g}, {high:.6g}]; expected finite values within int16 "
            f"[{limits.min}, {limits.max}]. Scale it first."
        )
    check_description(series_description)
