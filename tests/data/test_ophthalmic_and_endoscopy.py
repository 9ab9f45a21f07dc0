"""Ophthalmic tomography is a volume where it has a place; endoscopy and what has none are pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG4HP41

from acd_monai.data import find_cases, read_volume, scan_inputs
from acd_monai.errors import GeometryError, InputError
from tests.data.dicom_files import (
    OPT,
    TRUE_COLOUR_CINE,
    VL_ENDOSCOPIC,
    functional_group,
    make_dataset,
    write_frames,
    write_series,
)

B_SCAN = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
"""Rows from right to left, columns from the front of the eye backwards: fine in depth, coarse from scan to scan."""


def b_scans(count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 6, 8)).astype(np.uint8)


def test_opt_with_geometry_is_a_volume_with_b_scans_as_slices(tmp_path: Path) -> None:
    stored = b_scans()
    order = [3, 0, 4, 1, 2]
    positions = [functional_group(ImagePositionPatient=[-3.0, -2.0 + 0.25 * k, 1.5]) for k in order]
    shared = functional_group(ImageOrientationPatient=list(B_SCAN), PixelSpacing=[0.004, 0.012], SliceThickness=0.25)
    path = write_frames(tmp_path / "opt.dcm", stored, OPT, "OPT", shared=shared, frames=positions)
    volume = read_volume(path)
    assert (volume.kind, volume.modality, volume.array.shape) == ("volume", "OPT", (1, 8, 6, 5))
    expected = [[-0.012, 0, 0, 3.0], [0, 0, -0.25, 2.0], [0, -0.004, 0, 1.5], [0, 0, 0, 1]]
    np.testing.assert_allclose(volume.affine, expected, atol=1e-12)
    for frame, k in enumerate(order):
        np.testing.assert_array_equal(volume.array[0, :, :, k], stored[frame].T)
    assert [case["case"] for case in find_cases(path)] == ["opt"]


def test_opt_with_everything_per_frame_and_two_radial_directions(tmp_path: Path) -> None:
    turned = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
    frames = [
        functional_group(
            ImagePositionPatient=[0.5 * k, 0.25 * k, 1.0],
            ImageOrientationPatient=list(B_SCAN if k < 3 else turned),
            PixelSpacing=[0.004, 0.012],
        )
        for k in range(5)
    ]
    for k in range(3):
        frames[k].PlanePositionSequence[0].ImagePositionPatient = [0.0, 0.25 * k, 1.0]
    path = write_frames(tmp_path / "radial", b_scans(), OPT, "OPT", frames=frames)
    assert [read_volume(f"{path}#volume={n}").array.shape for n in range(2)] == [(1, 8, 6, 3), (1, 8, 6, 2)]


@pytest.mark.parametrize("measures", [False, True])
def test_opt_without_geometry_is_a_picture_per_b_scan_that_claims_no_millimetres(
    tmp_path: Path, measures: bool
) -> None:
    stored = b_scans()
    shared = functional_group(PixelSpacing=[0.004, 0.012], SliceThickness=0.25) if measures else None
    frames = [functional_group() for _ in stored] if measures else None
    path = write_frames(tmp_path / "opt.dcm", stored, OPT, "OPT", shared=shared, frames=frames)
    with pytest.raises(InputError, match="5 volumes of 1 series.*#volume=0 to #volume=4"):
        read_volume(path)
    cases = find_cases(path)
    assert [case["case"] for case in cases] == [f"opt_v{n:03d}" for n in range(5)]
    for n, case in enumerate(cases):
        volume = read_volume(case["image"])
        assert (volume.kind, volume.modality) == ("frame", "OPT") and "pixels and not in mill" in volume.warnings[0]
        np.testing.assert_array_equal(volume.affine, np.diag([-1.0, -1.0, 1.0, 1.0]))
        np.testing.assert_allclose(volume.array[0, :, :, 0], stored[n].T / 255, rtol=1e-6)


def test_opt_with_half_a_geometry_is_refused(tmp_path: Path) -> None:
    frames = [functional_group(ImagePositionPatient=[0.0, 0.25 * k, 0.0]) for k in range(5)]
    path = write_frames(tmp_path / "opt", b_scans(), OPT, "OPT", frames=frames)
    with pytest.raises(GeometryError, match="no ImageOrientationPatient"):
        read_volume(path)


def test_endoscopic_image_is_a_frame(tmp_path: Path) -> None:
    colour = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    make_dataset(colour, VL_ENDOSCOPIC, "ES").save_as(tmp_path / "a", enforce_file_format=True)
    volume = read_volume(tmp_path / "a")
    assert (volume.kind, volume.modality, volume.warnings) == ("frame", "ES", ())
    np.testing.assert_allclose(volume.array[..., 0], colour.transpose(2, 1, 0) / 255, rtol=1e-6)


@pytest.mark.parametrize(("sop_class", "modality"), [(TRUE_COLOUR_CINE, "OT"), (VL_ENDOSCOPIC, "ES")])
def test_cine_gives_a_case_per_frame(tmp_path: Path, sop_class: str, modality: str) -> None:
    cine = np.random.default_rng(0).integers(0, 256, (12, 6, 8, 3)).astype(np.uint8)
    write_frames(tmp_path / "cine.dcm", cine, sop_class, modality)
    cases = find_cases(tmp_path)
    assert len(cases) == 12
    for n, case in enumerate(cases):
        np.testing.assert_allclose(
            read_volume(case["image"]).array[..., 0], cine[n].transpose(2, 1, 0) / 255, rtol=1e-6
        )


def test_long_cine_is_listed_in_seconds(tmp_path: Path) -> None:
    write_frames(tmp_path / "cine.dcm", np.zeros((2000, 2, 2, 3), dtype=np.uint8), TRUE_COLOUR_CINE, "OT")
    assert len(find_cases(tmp_path)) == 2000


def test_endoscopy_beside_a_scan_is_no_screen_capture(tmp_path: Path) -> None:
    write_series(tmp_path, np.zeros((4, 4, 3), dtype=np.uint16))
    colour = np.zeros((6, 8, 3), dtype=np.uint8)
    make_dataset(colour, VL_ENDOSCOPIC, "ES", "1.2.7").save_as(tmp_path / "es", enforce_file_format=True)
    make_dataset(colour, TRUE_COLOUR_CINE, "OT", "1.2.8").save_as(tmp_path / "sc", enforce_file_format=True)
    scan = scan_inputs(tmp_path)
    assert len(scan.cases) == 2
    assert ["screen capture" in item.reason for item in scan.left_out] == [True]


def test_video_inside_dicom_is_refused_by_name(tmp_path: Path) -> None:
    dataset = make_dataset(np.zeros((6, 8, 3), dtype=np.uint8), "1.2.840.10008.5.1.4.1.1.77.1.1.1", "ES")
    dataset.PixelData = encapsulate([b"\0\0\1\xb3" + bytes(64)])
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = MPEG4HP41
    dataset.NumberOfFrames = 100
    dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match=r"a\.dcm: a video inside DICOM \(MPEG-4 AVC.*\) is not read.*\.mp4"):
        read_volume(tmp_path / "a.dcm")
