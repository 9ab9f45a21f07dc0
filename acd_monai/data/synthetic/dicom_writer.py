"""A synthetic volume as a classic MR series: one file a slice, as scanners write them.

Follows the MR Image IOD of DICOM PS3.3 A.4; the plane's place follows C.7.6.2. Every file says that it is synthetic.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid
from pydicom.valuerep import DSfloat

from acd_monai.errors import GeometryError, InputError

__all__ = ["write_mr_series"]

RAS_TO_LPS = np.diag((-1.0, -1.0, 1.0))
RIGHT_ANGLE_TOLERANCE = 1e-4
"""Largest cosine between rows and columns: DICOM has no word for a sheared plane."""

NOT_A_PATIENT = "Synthetic phantom, not a patient"


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
    spacing, orientation = _plane(lps)
    digest = hashlib.sha256(stored.tobytes() + lps.tobytes()).hexdigest()
    series = Dataset()
    series.StudyInstanceUID = generate_uid(entropy_srcs=[seed, "study"])
    series.SeriesInstanceUID = generate_uid(entropy_srcs=[seed, "series", str(series_number), digest])
    series.FrameOfReferenceUID = generate_uid(entropy_srcs=[seed, "frame of reference"])
    _describe_case(series, seed, series_description, series_number, study_date)
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
        slice_.ImagePositionPatient = _decimals(position)
        slice_.SliceLocation = _decimals([float(position @ np.cross(orientation[:3], orientation[3:]))])[0]
        _put_pixels(slice_, stored[:, :, k].T)
        path = folder / f"IM{names[k] + 1:05d}.dcm"
        _save(slice_, path)
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
    if "SYNTHETIC" not in series_description:
        raise InputError(
            f"series description is {series_description!r}; expected the word SYNTHETIC in it, so that nobody takes "
            "the series for a patient's. Add it."
        )


def _plane(lps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return voxel sizes ``(column step, row step, gap along the normal)`` in mm and the six direction cosines."""
    columns, rows, slices = lps[:, 0], lps[:, 1], lps[:, 2]
    along_row = columns / np.linalg.norm(columns)
    down_column = rows / np.linalg.norm(rows)
    cosine = float(along_row @ down_column)
    if not abs(cosine) <= RIGHT_ANGLE_TOLERANCE:
        raise GeometryError(
            f"cosine between rows and columns is {cosine:.3g}; expected at most {RIGHT_ANGLE_TOLERANCE}. "
            "Resample the volume onto a grid without shear in the plane."
        )
    gap = abs(float(slices @ np.cross(along_row, down_column)))
    spacing = np.array([np.linalg.norm(columns), np.linalg.norm(rows), gap])
    return spacing, np.concatenate([along_row, down_column])


def _describe_case(series: Dataset, seed: str, description: str, number: int, date: str) -> None:
    """Patient, study, series and equipment modules."""
    series.SpecificCharacterSet = "ISO_IR 100"
    series.PatientName = "SYNTHETIC^PHANTOM"
    series.PatientID = "PHANTOM-0001"
    series.PatientBirthDate = ""
    series.PatientSex = ""
    series.StudyDate = series.SeriesDate = series.AcquisitionDate = series.ContentDate = date
    series.StudyTime = series.SeriesTime = series.AcquisitionTime = series.ContentTime = "120000"
    series.AccessionNumber = ""
    series.ReferringPhysicianName = ""
    series.StudyID = hashlib.sha256(seed.encode()).hexdigest()[:8]
    series.StudyDescription = "SYNTHETIC PHANTOM"
    series.Modality = "MR"
    series.BodyPartExamined = "HEAD"
    series.SeriesNumber = number
    series.SeriesDescription = description
    series.PatientPosition = "HFS"
    series.Manufacturer = "acd_monai"
    series.ManufacturerModelName = "synthetic phantom"
    series.PositionReferenceIndicator = ""


def _describe_acquisition(series: Dataset, spacing: np.ndarray, orientation: np.ndarray) -> None:
    """Image, plane and MR modules, as far as all slices share them."""
    series.SOPClassUID = MRImageStorage
    # What a scanner writes: readers pass over derived images.
    series.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
    series.AcquisitionNumber = 1
    series.ImageComments = NOT_A_PATIENT
    series.BurnedInAnnotation = "NO"
    series.PixelSpacing = _decimals([spacing[1], spacing[0]])  # DICOM: between rows first
    series.SliceThickness, series.SpacingBetweenSlices = _decimals([spacing[2], spacing[2]])
    series.ImageOrientationPatient = _decimals(orientation)
    series.ScanningSequence = ["SE", "IR"]
    series.SequenceVariant = "SK"
    series.ScanOptions = ""
    series.MRAcquisitionType = "2D"
    series.RepetitionTime, series.EchoTime, series.InversionTime = _decimals([9000.0, 120.0, 2500.0])
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
    slice_.WindowCenter, slice_.WindowWidth = _decimals([(low + high) / 2.0, max(high - low, 1)])
    slice_.add_new("PixelData", "OW", np.ascontiguousarray(pixels).tobytes())


def _save(slice_: Dataset, path: Path) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = slice_.SOPClassUID
    meta.MediaStorageSOPInstanceUID = slice_.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    slice_.file_meta = meta
    slice_.save_as(path, enforce_file_format=True)


def _decimals(values: np.ndarray | list[float]) -> list[DSfloat]:
    """Return decimal strings as precise as their 16 characters allow."""
    return [DSfloat(float(value), auto_format=True) for value in values]
