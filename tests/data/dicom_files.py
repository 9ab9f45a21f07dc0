"""DICOM files for tests: plain data sets, one slice or one enhanced object each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
OPT = "1.2.840.10008.5.1.4.1.1.77.1.5.4"
VL_ENDOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.1"
TRUE_COLOUR_CINE = "1.2.840.10008.5.1.4.1.1.7.4"
SEQUENCES = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "StackID": "FrameContentSequence",
    "TemporalPositionIndex": "FrameContentSequence",
    "DiffusionBValue": "MRDiffusionSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
}
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def make_dataset(
    pixels: np.ndarray, sop_class: str = CT, modality: str = "CT", series: str | None = None
) -> FileDataset:
    """Make a data set with pixels ``(rows, columns[, 3])``, and no geometry."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = "1.2.3"
    dataset.SeriesInstanceUID = series or "1.2.3.4"
    dataset.SeriesNumber = 5
    dataset.Modality = modality
    dataset.PatientName = "Mustermann^Erika"
    dataset.PatientID = "ID-778899"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    return dataset


def write_series(
    folder: Path,
    pixels: np.ndarray,
    *,
    origin: Sequence[float] = (-10.0, -20.0, 30.0),
    orientation: Sequence[float] = AXIAL,
    spacing: tuple[float, float] = (0.5, 0.75),
    step: Sequence[float] = (0.0, 0.0, 2.0),
    prefix: str = "im",
    series: str | None = None,
    sop_class: str = CT,
    modality: str = "CT",
    edit: Callable[[FileDataset, int], None] | None = None,
) -> list[Path]:
    """Write stored values ``(rows, columns, slices)`` as one file a slice, numbered backwards."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(pixels.shape[2]):
        dataset = make_dataset(np.ascontiguousarray(pixels[:, :, k]), sop_class, modality, series)
        dataset.InstanceNumber = pixels.shape[2] - k
        dataset.ImagePositionPatient = [round(float(o + k * s), 9) for o, s in zip(origin, step, strict=True)]
        dataset.ImageOrientationPatient = [round(float(value), 12) for value in orientation]
        dataset.PixelSpacing = list(spacing)
        dataset.SliceThickness = 2.0
        if edit is not None:
            edit(dataset, k)
        path = folder / f"{prefix}{pixels.shape[2] - k:03d}"
        dataset.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


def write_enhanced(
    path: Path,
    pixels: np.ndarray,
    positions: Sequence[Sequence[float]],
    rescales: Sequence[tuple[float, float]],
    temporal: Sequence[int] | None = None,
) -> None:
    """Write frames ``(frames, rows, columns)`` as one enhanced MR object, axial, 0.5 x 0.75 mm."""
    dataset = make_dataset(np.ascontiguousarray(pixels[0]), ENHANCED_MR, "MR")
    dataset.NumberOfFrames = len(pixels)
    dataset.PixelData = pixels.tobytes()
    shared = Dataset()
    shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=list(AXIAL))]
    shared.PixelMeasuresSequence = [_item(PixelSpacing=[0.5, 0.75], SliceThickness=2.0)]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for index, position in enumerate(positions):
        frame = Dataset()
        frame.PlanePositionSequence = [_item(ImagePositionPatient=list(position))]
        slope, intercept = rescales[index]
        frame.PixelValueTransformationSequence = [_item(RescaleSlope=slope, RescaleIntercept=intercept)]
        if temporal is not None:
            frame.FrameContentSequence = [_item(TemporalPositionIndex=temporal[index])]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.save_as(path, enforce_file_format=True)


def write_frames(
    path: Path,
    pixels: np.ndarray,
    sop_class: str,
    modality: str,
    *,
    shared: Dataset | None = None,
    frames: Sequence[Dataset] | None = None,
) -> Path:
    """Write frames ``(frames, rows, columns[, 3])`` as one file, with functional groups where they are given."""
    dataset = make_dataset(np.ascontiguousarray(pixels[0]), sop_class, modality)
    dataset.NumberOfFrames = len(pixels)
    dataset.PixelData = pixels.tobytes()
    if shared is not None:
        dataset.SharedFunctionalGroupsSequence = [shared]
    if frames is not None:
        dataset.PerFrameFunctionalGroupsSequence = list(frames)
    dataset.save_as(path, enforce_file_format=True)
    return path


def functional_group(**values: object) -> Dataset:
    """Make functional groups of geometry keywords, each in the sequence where DICOM has it."""
    group = Dataset()
    for keyword, value in values.items():
        sequence = SEQUENCES[keyword]
        if sequence in group:
            setattr(group[sequence].value[0], keyword, value)
        else:
            setattr(group, sequence, [_item(**{keyword: value})])
    return group


def _item(**values: object) -> Dataset:
    item = Dataset()
    for name, value in values.items():
        setattr(item, name, value)
    return item
