from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from acd_monai.data.synthetic import make_head_mri, write_mr_series
from acd_monai.errors import GeometryError, InputError

MANDATORY = [
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "Modality",
    "SeriesInstanceUID",
    "SeriesNumber",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
    "Manufacturer",
    "InstanceNumber",
    "ImageType",
    "PixelSpacing",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "SliceThickness",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "Rows",
    "Columns",
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
    "MRAcquisitionType",
    "RepetitionTime",
    "EchoTime",
    "EchoTrainLength",
    "InversionTime",
    "SOPClassUID",
    "SOPInstanceUID",
]


def test_values_and_positions_read_back(tmp_path: Path) -> None:
    phantom = make_head_mri(0, (32, 40, 12), (6.8, 5.4, 13.0), tilt_degrees=17.0)
    files = write_mr_series(phantom.volume, phantom.affine, tmp_path)

    assert len(set(files)) == 12 and sorted(files) != list(files)
    for k, path in enumerate(files):
        slice_ = pydicom.dcmread(path)
        assert [name for name in MANDATORY if name not in slice_] == []
        np.testing.assert_array_equal(slice_.pixel_array.T, np.rint(phantom.volume[:, :, k]))
        across, down = np.reshape(np.array(slice_.ImageOrientationPatient, dtype=float), (2, 3))
        rows, columns = (float(step) for step in slice_.PixelSpacing)
        corner = np.array(slice_.ImagePositionPatient, dtype=float)
        for i, j in ((0, 0), (31, 0), (5, 39)):  # C.7.6.2.1.1, then LPS to RAS
            place = (corner + across * columns * i + down * rows * j) * (-1.0, -1.0, 1.0)
            np.testing.assert_allclose(place, (phantom.affine @ (i, j, k, 1.0))[:3], atol=1e-8)


def test_it_says_what_it_is(tmp_path: Path) -> None:
    slice_ = pydicom.dcmread(write_mr_series(np.zeros((4, 4, 2)), np.eye(4), tmp_path)[0])
    assert slice_.PatientName == "SYNTHETIC^PHANTOM" and slice_.PatientID == "PHANTOM-0001"
    assert "SYNTHETIC" in slice_.SeriesDescription and "not a patient" in slice_.ImageComments
    assert slice_.BurnedInAnnotation == "NO"
    assert slice_.file_meta.MediaStorageSOPInstanceUID == slice_.SOPInstanceUID


def test_identifiers_follow_from_seed_and_content(tmp_path: Path) -> None:
    def read(name: str, **options: str) -> pydicom.FileDataset:
        array = np.full((4, 4, 3), 7.0 if name == "other" else 1.0)
        return pydicom.dcmread(write_mr_series(array, np.eye(4), tmp_path / name, **options)[1])

    first, again, other, elsewhere = read("first"), read("again"), read("other"), read("elsewhere", seed="b")
    assert first.SOPInstanceUID == again.SOPInstanceUID
    assert first.StudyInstanceUID == other.StudyInstanceUID != elsewhere.StudyInstanceUID
    assert first.SeriesInstanceUID != other.SeriesInstanceUID
    assert all(uid.is_valid for uid in (first.SOPInstanceUID, first.SeriesInstanceUID, first.StudyInstanceUID))


def test_what_is_refused(tmp_path: Path) -> None:
    sheared = np.eye(4)
    sheared[0, 1] = 0.2
    with pytest.raises(GeometryError, match="cosine"):
        write_mr_series(np.zeros((4, 4, 2)), sheared, tmp_path)
    with pytest.raises(InputError, match="40000"):
        write_mr_series(np.full((4, 4, 2), 40000.0), np.eye(4), tmp_path)
    with pytest.raises(InputError, match="SYNTHETIC"):
        write_mr_series(np.zeros((4, 4, 2)), np.eye(4), tmp_path, series_description="AX FLAIR")
    assert list(tmp_path.iterdir()) == []
