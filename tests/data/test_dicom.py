from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from acd_monai.data.dicom import read_dicom, read_dicom_folder
from acd_monai.data.reader import read_volume
from acd_monai.data.volume import Volume
from acd_monai.errors import GeometryError, InputError
from tests.data.dicom_checks import assert_placed as assert_slices_placed
from tests.data.dicom_files import (
    AXIAL,
    MR,
    make_dataset,
    write_enhanced,
    write_series,
)


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, shape).astype(np.uint16)


def assert_placed(volume: Volume, paths: list[Path], tolerance: float = 0.01) -> None:
    """Every DICOM volume read here is checked by conftest already; this also says how closely."""
    assert_slices_placed(volume, [(path, 0) for path in paths], tolerance)


def test_order_comes_from_positions_not_from_names_or_instance_numbers(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(6, 5, 7))
    volume = read_dicom_folder(tmp_path)
    assert volume.array.shape == (1, 5, 6, 7) and volume.array.dtype == np.float32
    assert volume.affine.dtype == np.float64 and volume.kind == "volume" and volume.modality == "CT"
    assert_placed(volume, paths)
    assert volume.warnings == ("no rescale in the header: stored values are taken for Hounsfield units",)


def test_tilted_gantry_keeps_its_shear_and_says_so(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(6, 5, 7), step=(0.0, 0.7, 2.0), modality="MR", sop_class=MR)
    volume = read_dicom_folder(tmp_path)
    assert_placed(volume, paths, 1e-6)
    assert len(volume.warnings) == 1 and volume.warnings[0].startswith("sheared grid")


def test_rescale_varies_from_slice_to_slice(tmp_path: Path) -> None:
    def rescale(dataset: pydicom.Dataset, k: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = 1.0 + k / 4, -1000.0 - k

    paths = write_series(tmp_path, values(6, 5, 3), edit=rescale)
    assert_placed(read_dicom_folder(tmp_path), paths)


def test_rescale_slope_of_zero_is_refused(tmp_path: Path) -> None:
    def rescale(dataset: pydicom.Dataset, k: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = 0.0, 0.0

    write_series(tmp_path, values(6, 5, 3), edit=rescale)
    with pytest.raises(InputError, match="rescale slope 0"):
        read_dicom_folder(tmp_path)


@pytest.mark.parametrize(("dtype", "total"), [(np.uint16, 4095), (np.int16, -1)])
def test_monochrome1_is_inverted(tmp_path: Path, dtype: type, total: int) -> None:
    def invert(dataset: pydicom.Dataset, k: int) -> None:
        dataset.PhotometricInterpretation, dataset.BitsStored, dataset.HighBit = "MONOCHROME1", 12, 11

    stored = values(4, 4, 2).astype(dtype) % 2000
    write_series(tmp_path, stored, edit=invert)
    volume = read_dicom_folder(tmp_path)
    np.testing.assert_array_equal(volume.array[0], total - stored.transpose(1, 0, 2).astype(float))
    assert "MONOCHROME1: stored values were inverted" in volume.warnings


def test_missing_slice_is_refused_with_the_gap(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(4, 4, 8))
    paths[3].unlink()
    with pytest.raises(GeometryError, match=r"4\.00 mm between im006 and im004 \(1 slice missing\?\), usually 2\.00"):
        read_dicom_folder(tmp_path)


def test_accelerating_slices_are_refused(tmp_path: Path) -> None:
    def move(dataset: pydicom.Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [0.0, 0.0, 2.0 * k + 0.001 * k * k]

    write_series(tmp_path, values(4, 4, 20), edit=move)
    with pytest.raises(GeometryError, match="not on one even grid"):
        read_dicom_folder(tmp_path)


def test_two_instances_at_one_place_are_refused_and_a_copy_is_dropped(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(4, 4, 5))
    shutil.copy(paths[1], tmp_path / "copy")
    volume = read_dicom_folder(tmp_path)
    assert volume.array.shape == (1, 4, 4, 5) and "1 identical copies" in volume.warnings[0]
    other = pydicom.dcmread(paths[1])
    other.SOPInstanceUID = "1.2.3.999"
    other.save_as(tmp_path / "other")
    with pytest.raises(GeometryError, match="two slices at one place"):
        read_dicom_folder(tmp_path)


@pytest.mark.parametrize(
    ("keyword", "value", "message"),
    [
        ("ImagePositionPatient", None, "ImagePositionPatient of a slice is missing"),
        ("ImagePositionPatient", ["nan", "0", "0"], "ImagePositionPatient of a slice is nan"),
        ("ImageOrientationPatient", None, "no ImageOrientationPatient"),
        ("ImageOrientationPatient", [0, 0, 0, 0, 0, 0], "two unit vectors"),
        ("ImageOrientationPatient", [1, 0, 0, 0.5, 0.86, 0], "two unit vectors"),
        ("ImageOrientationPatient", ["nan"] * 6, "two unit vectors"),
        ("PixelSpacing", None, "no PixelSpacing"),
        ("PixelSpacing", [0, 1], "PixelSpacing is 0"),
        ("PixelSpacing", [-1, 1], "PixelSpacing is -1"),
    ],
)
def test_bad_geometry_is_refused_by_name(tmp_path: Path, keyword: str, value: object, message: str) -> None:
    def edit(dataset: pydicom.Dataset, k: int) -> None:
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)

    write_series(tmp_path, values(4, 4, 3), edit=edit)
    with pytest.raises(GeometryError, match=message) as raised:
        read_dicom_folder(tmp_path)
    assert "Mustermann" not in str(raised.value) and "778899" not in str(raised.value)


def test_no_geometry_at_all_is_refused_for_ct(tmp_path: Path) -> None:
    make_dataset(values(4, 4)).save_as(tmp_path / "a", enforce_file_format=True)
    with pytest.raises(GeometryError, match="neither ImagePositionPatient nor"):
        read_dicom_folder(tmp_path)


def test_classic_4d_is_split_where_positions_repeat(tmp_path: Path) -> None:
    stored = values(4, 5, 6)
    for time in (2, 0, 1):

        def stamp(dataset: pydicom.Dataset, k: int, time: int = time) -> None:
            dataset.TemporalPositionIdentifier, dataset.AcquisitionNumber = time, k

        write_series(tmp_path, stored + np.uint16(time), prefix=f"t{time}_", edit=stamp, modality="MR", sop_class=MR)
    with pytest.raises(InputError, match="3 volumes of 1 series.*#volume=0 to #volume=2"):
        read_dicom_folder(tmp_path)
    for time in range(3):
        volume = read_volume(f"{tmp_path}#volume={time}")
        np.testing.assert_array_equal(volume.array[0], stored.transpose(1, 0, 2) + time)
    with pytest.raises(InputError, match="no volume 3; there are 3"):
        read_volume(f"{tmp_path}#volume=3")


def test_trigger_times_that_drift_are_ranked(tmp_path: Path) -> None:
    stored = values(4, 5, 4)
    for phase in range(3):

        def stamp(dataset: pydicom.Dataset, k: int, phase: int = phase) -> None:
            dataset.TriggerTime = phase * 40.0 + k * 1.5

        write_series(tmp_path, stored + np.uint16(phase), prefix=f"p{phase}_", edit=stamp, modality="MR", sop_class=MR)
    for phase in range(3):
        volume = read_volume(f"{tmp_path}#volume={phase}")
        np.testing.assert_array_equal(volume.array[0], stored.transpose(1, 0, 2) + phase)


def test_two_series_and_two_orientations_in_a_folder(tmp_path: Path) -> None:
    write_series(tmp_path, values(4, 4, 3), prefix="a", series="1.2.1")
    write_series(tmp_path, values(6, 4, 2), prefix="b", series="1.2.2")
    write_series(tmp_path, values(4, 4, 3), prefix="c", series="1.2.1", orientation=(0, 1, 0, 0, 0, -1), step=(2, 0, 0))
    with pytest.raises(InputError, match="3 volumes of 2 series"):
        read_dicom_folder(tmp_path)
    assert read_volume(f"{tmp_path}#series=1.2.2").array.shape == (1, 4, 6, 2)
    assert read_volume(f"{tmp_path}#series=1.2.1&volume=1").array.shape == (1, 4, 4, 3)


def test_single_slice_takes_its_thickness(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(4, 4, 1))
    np.testing.assert_allclose(read_dicom(paths).affine[:3, 2], [0, 0, 2.0])
    thin = pydicom.dcmread(paths[0])
    del thin.SliceThickness
    thin.save_as(paths[0])
    volume = read_dicom(paths)
    assert volume.affine[2, 2] == 1.0 and "1 mm is assumed" in volume.warnings[0]


def test_enhanced_with_rescale_and_shuffled_frames(tmp_path: Path) -> None:
    stored = values(5, 3, 4)
    order = [2, 0, 4, 1, 3]
    rescales = [(1.0 + k, -10.0 * k) for k in order]
    write_enhanced(tmp_path / "e", stored, [(1.0, 2.0, 3.0 + 1.5 * k) for k in order], rescales)
    volume = read_volume(tmp_path / "e")
    for frame, k in enumerate(order):
        np.testing.assert_allclose(volume.array[0, :, :, k], stored[frame].T * (1.0 + k) - 10.0 * k, rtol=1e-6)
    expected = [[-0.75, 0, 0, -1], [0, -0.5, 0, -2], [0, 0, 1.5, 3], [0, 0, 0, 1]]
    np.testing.assert_allclose(volume.affine, expected)


def test_enhanced_4d(tmp_path: Path) -> None:
    stored = values(6, 3, 4)
    positions = [(0.0, 0.0, 2.0 * (frame // 2)) for frame in range(6)]
    write_enhanced(tmp_path / "e", stored, positions, [(1.0, 0.0)] * 6, temporal=[1 + frame % 2 for frame in range(6)])
    with pytest.raises(InputError, match="e: 2 volumes of 1 series"):
        read_volume(tmp_path / "e")
    for time in range(2):
        volume = read_volume(f"{tmp_path / 'e'}#volume={time}")
        np.testing.assert_array_equal(volume.array[0], stored[time::2].transpose(2, 1, 0))


def test_enhanced_whose_frame_count_lies(tmp_path: Path) -> None:
    write_enhanced(tmp_path / "e", values(5, 3, 4), [(0.0, 0.0, float(k)) for k in range(4)], [(1.0, 0.0)] * 5)
    with pytest.raises(InputError, match="says 5 frames but describes 4"):
        read_volume(tmp_path / "e")


def test_mosaic_is_refused_by_name(tmp_path: Path) -> None:
    def mosaic(dataset: pydicom.Dataset, k: int) -> None:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]

    write_series(tmp_path, values(4, 4, 2), step=(0, 0, 0), edit=mosaic, modality="MR", sop_class=MR)
    with pytest.raises(InputError, match="Siemens mosaic .* dcm2niix"):
        read_dicom_folder(tmp_path)


def test_junk_among_the_slices_is_left_out_and_a_cut_file_is_named(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(40, 40, 4), orientation=AXIAL)
    (tmp_path / "junk.dcm").write_bytes(b"\0" * 128 + b"DICM" + bytes(range(256)))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("hello")
    assert read_dicom_folder(tmp_path).array.shape == (1, 40, 40, 4)
    paths[2].write_bytes(paths[2].read_bytes()[:-1000])
    with pytest.raises(InputError, match="im002"):
        read_dicom(paths)
