"""Synthetic endoscopy in DICOM without video: single VL Endoscopic Images, or many frames in one capture.

Follow the IODs of DICOM PS3.3 A.32.1 and A.8.5 (Multi-frame True Color Secondary Capture).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import MultiFrameTrueColorSecondaryCaptureImageStorage, VLEndoscopicImageStorage, generate_uid

from acd_monai.data.synthetic.dicom_parts import (
    NOT_A_PATIENT,
    check_description,
    code_item,
    describe_case,
    describe_pixels,
    identify_series,
    save_dataset,
)
from acd_monai.errors import InputError

__all__ = ["write_endoscopy", "write_endoscopy_cine"]


def write_endoscopy(
    frames: Sequence[np.ndarray],
    folder: Path | str,
    *,
    seed: str = "phantom",
    series_description: str = "SYNTHETIC COLONOSCOPY",
    series_number: int = 1,
    study_date: str = "20240101",
) -> tuple[Path, ...]:
    """Write one VL Endoscopic Image a frame, ``IM00001.dcm`` and on.

    Args:
        frames: uint8 ``(H, W, 3)`` each, red, green, blue; one size.
        folder: where the files go; made when missing.
        seed: text that the study's unique identifiers are made from.
        series_description: must say SYNTHETIC; at most 64 characters.
        series_number: of the series within the study.
        study_date: ``YYYYMMDD``.

    Returns:
        The files in order.

    Raises:
        InputError: no frames, frames that are not colour pictures of one size, or a description that does not say
            SYNTHETIC.
    """
    stored = _stack(frames)
    series = _start(stored, "files", seed, series_description, series_number, study_date)
    series.SOPClassUID = VLEndoscopicImageStorage
    series.AcquisitionContextSequence = []
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, pixels in enumerate(stored, start=1):
        image = Dataset()
        image.update(series)
        image.SOPInstanceUID = generate_uid(entropy_srcs=[str(series.SeriesInstanceUID), str(number)])
        image.InstanceNumber = number
        describe_pixels(image, pixels)
        path = folder / f"IM{number:05d}.dcm"
        save_dataset(image, path)
        written.append(path)
    return tuple(written)


def write_endoscopy_cine(
    frames: Sequence[np.ndarray],
    path: Path | str,
    *,
    frames_per_second: float = 25.0,
    seed: str = "phantom",
    series_description: str = "SYNTHETIC COLONOSCOPY CINE",
    series_number: int = 2,
    study_date: str = "20240101",
) -> Path:
    """Write all frames into one uncompressed file.

    Args:
        frames: as for :func:`write_endoscopy`.
        path: the file; its folder is made when missing.
        frames_per_second: speed at which they were taken.
        seed: text that the study's unique identifiers are made from.
        series_description: must say SYNTHETIC; at most 64 characters.
        series_number: of the series within the study.
        study_date: ``YYYYMMDD``.

    Raises:
        InputError: as :func:`write_endoscopy`, or the speed is not positive.
    """
    if not frames_per_second > 0:
        raise InputError(f"{frames_per_second} frames per second; expected a positive speed. Change it.")
    stored = _stack(frames)
    image = _start(stored, "cine", seed, series_description, series_number, study_date)
    image.SOPClassUID = MultiFrameTrueColorSecondaryCaptureImageStorage
    image.SOPInstanceUID = generate_uid(entropy_srcs=[str(image.SeriesInstanceUID), "cine"])
    image.InstanceNumber = 1
    image.ConversionType = "DI"
    image.NumberOfFrames = len(stored)
    image.FrameTime = f"{1000 / frames_per_second:.6g}"
    image.FrameIncrementPointer = Tag("FrameTime")
    describe_pixels(image, stored)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_dataset(image, path)
    return path


def _stack(frames: Sequence[np.ndarray]) -> np.ndarray:
    """Return frames as uint8 ``(N, H, W, 3)``."""
    kinds = {(frame.shape, str(frame.dtype)) for frame in frames}
    if len(kinds) != 1 or not all(frame.ndim == 3 and frame.shape[2] == 3 and frame.size for frame in frames):
        raise InputError(f"frames are {sorted(kinds, key=str)}; expected colour pictures (H, W, 3) of one size.")
    stored = np.stack(list(frames))
    if stored.dtype != np.uint8:
        raise InputError(f"frames are {stored.dtype}; expected uint8. Scale them first.")
    return stored


def _start(stored: np.ndarray, form: str, seed: str, description: str, number: int, date: str) -> Dataset:
    """Return what all objects of a series share."""
    check_description(description)
    digest = hashlib.sha256(form.encode() + stored.tobytes()).hexdigest()
    series = Dataset()
    describe_case(series, seed, "ES", "COLON", description, number, date)
    identify_series(series, seed, digest)
    # An endoscope does not know where it is.
    del series.FrameOfReferenceUID, series.PositionReferenceIndicator
    series.PatientOrientation = ""
    series.ImageType = ["ORIGINAL", "PRIMARY"]
    series.ImageComments = NOT_A_PATIENT
    series.AnatomicRegionSequence = [code_item("71854001", "SCT", "Colon")]
    return series
