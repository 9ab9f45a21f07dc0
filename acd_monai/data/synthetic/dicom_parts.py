"""What every synthetic DICOM object has: nobody's case, decimal strings, a plane's place, a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import DSfloat

from acd_monai.errors import GeometryError, InputError

__all__ = [
    "NOT_A_PATIENT",
    "RAS_TO_LPS",
    "check_description",
    "code_item",
    "decimals",
    "describe_case",
    "describe_pixels",
    "find_plane",
    "identify_series",
    "save_dataset",
]

RAS_TO_LPS = np.diag((-1.0, -1.0, 1.0))
RIGHT_ANGLE_TOLERANCE = 1e-4
"""Largest cosine between rows and columns: DICOM has no word for a sheared plane."""

NOT_A_PATIENT = "Synthetic phantom, not a patient"


def check_description(series_description: str) -> None:
    """Raise InputError unless a series says that it is synthetic."""
    if "SYNTHETIC" not in series_description:
        raise InputError(
            f"series description is {series_description!r}; expected the word SYNTHETIC in it, so that nobody takes "
            "the series for a patient's. Add it."
        )


def identify_series(series: Dataset, seed: str, digest: str) -> None:
    """Fill in the unique identifiers of study and series, made from text: equal text, equal ones."""
    series.StudyInstanceUID = generate_uid(entropy_srcs=[seed, "study"])
    series.SeriesInstanceUID = generate_uid(entropy_srcs=[seed, "series", str(series.SeriesNumber), digest])
    series.FrameOfReferenceUID = generate_uid(entropy_srcs=[seed, "frame of reference"])


def describe_case(
    series: Dataset, seed: str, modality: str, body_part: str, description: str, number: int, date: str
) -> None:
    """Fill in the patient, study, series and equipment modules; ``date`` is ``YYYYMMDD``."""
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
    series.Modality = modality
    series.BodyPartExamined = body_part
    series.SeriesNumber = number
    series.SeriesDescription = description
    series.Manufacturer = "acd_monai"
    series.ManufacturerModelName = "synthetic phantom"
    series.PositionReferenceIndicator = ""


def find_plane(lps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what DICOM says of a grid's planes.

    Args:
        lps: ``(3, 4)``, voxel index (column, row, slice) to LPS+ millimetres.

    Returns:
        Voxel sizes ``(column step, row step, gap along the normal)`` in mm, and the six direction cosines.

    Raises:
        GeometryError: rows and columns are not at right angles.
    """
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


def describe_pixels(image: Dataset, pixels: np.ndarray) -> None:
    """Fill the image pixel module, in place.

    Args:
        image: gets it.
        pixels: uint8 ``([frames,] rows, columns)`` where the modality is OPT, ``([frames,] rows, columns, 3)`` of
            colours otherwise.
    """
    colour = image.Modality != "OPT"
    image.SamplesPerPixel = 3 if colour else 1
    image.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        image.PlanarConfiguration = 0
    else:
        image.PresentationLUTShape = "IDENTITY"
    image.Rows, image.Columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit = 7
    image.PixelRepresentation = 0
    image.LossyImageCompression = "00"
    image.BurnedInAnnotation = "NO"
    values = np.ascontiguousarray(pixels).tobytes()
    image.add_new("PixelData", "OW", values + b"\0" * (len(values) % 2))


def code_item(value: str, scheme: str, meaning: str) -> Dataset:
    """Return a coded term, for a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def save_dataset(dataset: Dataset, path: Path) -> None:
    """Write a file in explicit little endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)


def decimals(values: np.ndarray | list[float]) -> list[DSfloat]:
    """Return decimal strings as precise as their 16 characters allow."""
    return [DSfloat(float(value), auto_format=True) for value in values]
