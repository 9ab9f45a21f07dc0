"""A synthetic OCT volume as one Ophthalmic Tomography object, as retina scanners export them.

Follows the IOD of DICOM PS3.3 A.52: every B-scan is a frame, with its place in the per-frame functional groups.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import OphthalmicTomographyImageStorage, generate_uid

from acd_monai.data.synthetic.dicom_parts import (
    NOT_A_PATIENT,
    RAS_TO_LPS,
    check_description,
    code_item,
    decimals,
    describe_case,
    describe_pixels,
    find_plane,
    identify_series,
    save_dataset,
)
from acd_monai.errors import ConfigError, InputError

__all__ = ["write_opt"]

_EYE = ("81745001", "SCT", "Eye")


def write_opt(
    array: np.ndarray,
    affine: np.ndarray,
    path: Path | str,
    *,
    seed: str = "phantom",
    laterality: str = "R",
    series_description: str = "SYNTHETIC MACULA OCT",
    series_number: int = 1,
    study_date: str = "20240101",
) -> Path:
    """Write one multi-frame file, frames in ascending order.

    Args:
        array: uint8 ``(I, J, K)``: along the B-scan, depth, B-scans.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres; rows and columns at right angles.
        path: the file; its folder is made when missing.
        seed: text that the study's unique identifiers are made from.
        laterality: ``"R"`` or ``"L"``, which eye.
        series_description: must say SYNTHETIC; at most 64 characters.
        series_number: of the series within the study.
        study_date: ``YYYYMMDD``.

    Raises:
        InputError: the array is not uint8 ``(I, J, K)``, or the description does not say SYNTHETIC.
        GeometryError: rows and columns are not at right angles.
        ConfigError: another laterality.
    """
    if array.ndim != 3 or array.size == 0 or array.dtype != np.uint8:
        raise InputError(f"array is {array.dtype} of shape {array.shape}; expected uint8 (I, J, K). Scale it first.")
    if laterality not in ("R", "L"):
        raise ConfigError(f"laterality is {laterality!r}; expected R or L. Name one eye.")
    check_description(series_description)
    lps = RAS_TO_LPS @ np.asarray(affine, dtype=np.float64)[:3]
    spacing, orientation = find_plane(lps)
    digest = hashlib.sha256(array.tobytes() + lps.tobytes()).hexdigest()
    image = Dataset()
    describe_case(image, seed, "OPT", "EYE", series_description, series_number, study_date)
    identify_series(image, seed, digest)
    image.SOPClassUID = OphthalmicTomographyImageStorage
    image.SOPInstanceUID = generate_uid(entropy_srcs=[str(image.SeriesInstanceUID), "volume"])
    _describe_eye(image, laterality)
    _describe_scanner(image, spacing)
    _place_frames(image, lps, spacing, orientation, array.shape[2])
    describe_pixels(image, array.transpose(2, 1, 0))
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_dataset(image, path)
    return path


def _describe_eye(image: Dataset, laterality: str) -> None:
    """Ocular region and acquisition parameters; what nobody measured stays empty."""
    image.ImageLaterality = laterality
    image.AnatomicRegionSequence = [code_item(*_EYE)]
    image.AcquisitionContextSequence = []
    image.RefractiveStateSequence = []
    image.EmmetropicMagnification = None
    image.IntraOcularPressure = None
    image.HorizontalFieldOfView = None
    image.PupilDilated = ""
    image.AxialLengthOfTheEye = None


def _describe_scanner(image: Dataset, spacing: np.ndarray) -> None:
    """Equipment, image and tomography parameters."""
    image.DeviceSerialNumber = "0"
    image.SoftwareVersions = "synthetic"
    image.ImageType = ["ORIGINAL", "PRIMARY"]
    image.InstanceNumber = 1
    image.AcquisitionNumber = 1
    image.AcquisitionDateTime = f"{image.AcquisitionDate}{image.AcquisitionTime}"
    del image.AcquisitionDate, image.AcquisitionTime
    image.AcquisitionDuration = 1.0
    image.InConcatenationNumber = image.InConcatenationTotalNumber = 1
    image.ConcatenationFrameOffsetNumber = 0
    image.ImageComments = NOT_A_PATIENT
    image.AcquisitionDeviceTypeCodeSequence = [code_item("392012008", "SCT", "Optical Coherence Tomography Scanner")]
    image.LightPathFilterTypeStackCodeSequence = []
    image.DetectorType = "CCD"
    image.IlluminationWaveLength = 850.0
    image.IlluminationPower = 1200.0
    image.IlluminationBandwidth = 50.0
    image.DepthSpatialResolution = float(1000 * spacing[1])
    image.MaximumDepthDistortion = 0.0
    image.AlongScanSpatialResolution = float(1000 * spacing[0])
    image.MaximumAlongScanDistortion = 0.0
    image.AcrossScanSpatialResolution = float(1000 * spacing[2])
    image.MaximumAcrossScanDistortion = 0.0


def _place_frames(image: Dataset, lps: np.ndarray, spacing: np.ndarray, orientation: np.ndarray, count: int) -> None:
    """Functional groups and dimensions."""
    measures, plane = Dataset(), Dataset()
    measures.PixelSpacing = decimals([spacing[1], spacing[0]])  # DICOM: between rows first
    measures.SliceThickness, measures.SpacingBetweenSlices = decimals([spacing[2], spacing[2]])
    plane.ImageOrientationPatient = decimals(orientation)
    anatomy = Dataset()
    anatomy.FrameLaterality = image.ImageLaterality
    anatomy.AnatomicRegionSequence = [code_item(*_EYE)]
    shared = Dataset()
    shared.FrameAnatomySequence = [anatomy]
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [plane]
    image.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in range(count):
        content, place, frame = Dataset(), Dataset(), Dataset()
        content.FrameAcquisitionDateTime = content.FrameReferenceDateTime = image.AcquisitionDateTime
        content.FrameAcquisitionDuration = 1.0
        content.StackID, content.InStackPositionNumber = "1", k + 1
        content.DimensionIndexValues = [1, k + 1]
        place.ImagePositionPatient = decimals(lps @ (0.0, 0.0, float(k), 1.0))
        frame.FrameContentSequence, frame.PlanePositionSequence = [content], [place]
        frames.append(frame)
    image.PerFrameFunctionalGroupsSequence = frames
    image.NumberOfFrames = count
    organisation = Dataset()
    organisation.DimensionOrganizationUID = generate_uid(entropy_srcs=[str(image.SOPInstanceUID), "dimensions"])
    image.DimensionOrganizationSequence = [organisation]
    image.DimensionIndexSequence = []
    for keyword in ("StackID", "InStackPositionNumber"):
        index = Dataset()
        index.DimensionOrganizationUID = organisation.DimensionOrganizationUID
        index.DimensionIndexPointer = Tag(keyword)
        index.FunctionalGroupPointer = Tag("FrameContentSequence")
        image.DimensionIndexSequence.append(index)
