"""A synthetic volume as a classic MR series: one file a slice, as scanners write them.

Follows the MR Image IOD of DICOM PS3.3 A.4; the plane's place follows C.7.6.2. Every file says that it is synthetic.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage, generate_uid

from acd_monai.data.synthetic.dicom_parts import (
    NOT_A_PATIENT,
    RAS_TO_LPS,
    check_description,
    decimals,
    describe_case,
    find_plane,
    save_dataset,
    start_series,
)
from acd_monai.errors import InputError

__all__ = ["write_mr_series"]


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
    _check_content(array, series_description)
    stored = np.rint(array).astype("<i2")
    lps = RAS_TO_LPS @ np.asarray(affine, dtype=np.float64)[:3]
    spacing, orientation = find_plane(lps)
    digest = hashlib.sha256(stored.tobytes() + lps.tobytes()).hexdigest()
    series = start_series(seed, series_number, digest)
    describe_case(series, "MR", "HEAD", series_description, study_date)
    series.PatientPosition = "HFS"
    _describe_acquisition(series, spacing, orientation)

    folder = Path(folder)
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
        _put_pixels(slice_, stored[:, :, k].T)
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


def _describe_acquisition(series: Dataset, spacing: np.ndarray, orientation: np.ndarray) -> None:
    """Image, plane and MR modules, as far as all slices share them."""
    series.SOPClassUID = MRImageStorage
    # What a scanner writes: readers pass over derived images.
    series.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
    series.AcquisitionNumber = 1
    series.ImageComments = NOT_A_PATIENT
    series.BurnedInAnnotation = "NO"
    series.PixelSpacing = decimals([spacing[1], spacing[0]])  # DICOM: between rows first
    series.SliceThickness, series.SpacingBetweenSlices = decimals([spacing[2], spacing[2]])
    series.ImageOrientationPatient = decimals(orientation)
    series.ScanningSequence = ["SE", "IR"]
    series.SequenceVariant = "SK"
    series.ScanOptions = ""
    series.MRAcquisitionType = "2D"
    series.RepetitionTime, series.EchoTime, series.InversionTime = decimals([9000.0, 120.0, 2500.0])
    series.EchoTrainLength = 1


def _put_pixels(slice_: Dataset, pixels: np.ndarray) -> None:
    slice_.SamplesPerPixel = 1
    slice_.PhotometricInterpretation = "MONOCHROME2"
    slice_.Rows, slice_.Columns = pixels.shape
    slice_.BitsAllocated = 16
    slice_.BitsStored = 16
    slice_.HighBit = 15
    slice_.PixelRepresentation = 1
    low, high = int(pixels.min()), int(pixels.max())
    slice_.WindowCenter, slice_.WindowWidth = decimals([(low + high) / 2.0, max(high - low, 1)])
    slice_.add_new("PixelData", "OW", np.ascontiguousarray(pixels).tobytes())
