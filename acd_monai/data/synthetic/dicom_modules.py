"""What a synthetic DICOM slice says of itself: the modules of PS3.3 that MR and CT images are made of.

Every file says that it is synthetic.
"""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, MRImageStorage

from acd_monai.data.synthetic.dicom_parts import NOT_A_PATIENT, decimals

__all__ = ["CT_INTERCEPT", "describe_ct", "describe_mr", "put_pixels"]

CT_INTERCEPT = -1024
"""Hounsfield units of the stored value 0."""


def describe_mr(series: Dataset, spacing: np.ndarray, orientation: np.ndarray) -> None:
    """Fill in the image, plane and MR modules (PS3.3 C.8.3), as far as all slices share them."""
    _describe_plane(series, spacing, orientation)
    series.SOPClassUID = MRImageStorage
    # What a scanner writes: readers pass over derived images.
    series.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
    series.SpacingBetweenSlices = decimals([spacing[2]])[0]
    series.ScanningSequence = ["SE", "IR"]
    series.SequenceVariant = "SK"
    series.ScanOptions = ""
    series.MRAcquisitionType = "2D"
    series.RepetitionTime, series.EchoTime, series.InversionTime = decimals([9000.0, 120.0, 2500.0])
    series.EchoTrainLength = 1


def describe_ct(series: Dataset, spacing: np.ndarray, orientation: np.ndarray) -> None:
    """Fill in the image, plane and CT modules (PS3.3 C.8.2), as far as all slices share them."""
    _describe_plane(series, spacing, orientation)
    series.SOPClassUID = CTImageStorage
    series.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    series.KVP = "120"
    series.RescaleIntercept, series.RescaleSlope = str(CT_INTERCEPT), "1"
    series.RescaleType = "HU"


def _describe_plane(series: Dataset, spacing: np.ndarray, orientation: np.ndarray) -> None:
    series.PatientPosition = "HFS"
    series.AcquisitionNumber = 1
    series.ImageComments = NOT_A_PATIENT
    series.BurnedInAnnotation = "NO"
    series.PixelSpacing = decimals([spacing[1], spacing[0]])  # DICOM: between rows first
    series.SliceThickness = decimals([spacing[2]])[0]
    series.ImageOrientationPatient = decimals(orientation)


def put_pixels(slice_: Dataset, pixels: np.ndarray, window: tuple[float, float]) -> None:
    """Put int16 pixels ``(rows, columns)`` into a slice, to be shown in a window of a centre and a width."""
    slice_.SamplesPerPixel = 1
    slice_.PhotometricInterpretation = "MONOCHROME2"
    slice_.Rows, slice_.Columns = pixels.shape
    slice_.BitsAllocated = 16
    slice_.BitsStored = 16
    slice_.HighBit = 15
    slice_.PixelRepresentation = 1
    slice_.WindowCenter, slice_.WindowWidth = decimals(list(window))
    slice_.add_new("PixelData", "OW", np.ascontiguousarray(pixels).tobytes())
