from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import RLELossless

from acd_monai.data.reader import read_volume
from acd_monai.errors import InputError
from tests.data.dicom_files import SECONDARY_CAPTURE, make_dataset

FILES = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
    ],
)
def test_transfer_syntaxes_agree(name: str) -> None:
    reference = read_volume(FILES / "MR_small.dcm")
    volume = read_volume(FILES / name)
    np.testing.assert_array_equal(volume.array, reference.array)
    np.testing.assert_array_equal(volume.affine, reference.affine)


def test_ct_small_is_in_hounsfield_units() -> None:
    path = get_testdata_file("CT_small.dcm")
    assert isinstance(path, str)
    dataset = pydicom.dcmread(path)
    volume = read_volume(path)
    np.testing.assert_array_equal(volume.array[0, :, :, 0], dataset.pixel_array.T - 1024.0)
    assert volume.modality == "CT" and volume.warnings == ()


def test_twelve_bit_extended_jpeg() -> None:
    volume = read_volume(FILES / "JPGExtended.dcm")
    assert volume.array.shape == (1, 256, 1024, 1) and volume.array.max() > 0.01 and volume.kind == "frame"


@pytest.mark.parametrize("name", ["SC_rgb_jpeg_dcmtk.dcm", "SC_ybr_full_422_uncompressed.dcm", "SC_rgb_rle_16bit.dcm"])
def test_colour_becomes_rgb_in_unit_range(name: str) -> None:
    volume = read_volume(FILES / name)
    assert volume.array.shape == (3, 100, 100, 1) and volume.kind == "frame"
    reference = read_volume(FILES / "SC_rgb_rle.dcm")
    np.testing.assert_allclose(volume.array, reference.array, atol=0.04)
    np.testing.assert_array_equal(volume.affine, np.diag([-1.0, -1.0, 1.0, 1.0]))


def test_palette_becomes_rgb() -> None:
    volume = read_volume(FILES / "examples_palette.dcm")
    assert volume.array.shape == (3, 800, 350, 1) and 0.5 < volume.array.max() <= 1.0


def test_grey_picture_is_scaled_by_its_stored_bits(tmp_path: Path) -> None:
    pixels = np.array([[0, 255], [51, 102]], dtype=np.uint8)
    make_dataset(pixels, SECONDARY_CAPTURE, "OT").save_as(tmp_path / "a", enforce_file_format=True)
    volume = read_volume(tmp_path / "a")
    np.testing.assert_allclose(volume.array[0, :, :, 0], pixels.T / 255, rtol=1e-6)
    assert volume.kind == "frame"


def test_truncated_file_is_named() -> None:
    with pytest.raises(InputError, match="MR_truncated.dcm"):
        read_volume(FILES / "MR_truncated.dcm")


@pytest.mark.parametrize(("rows", "frames"), [(65535, 1), (60000, None), (64, 2_000_000_000)])
def test_headers_that_lie_allocate_nothing(tmp_path: Path, rows: int, frames: int | None) -> None:
    dataset = make_dataset(np.zeros((8, 8), dtype=np.uint16), SECONDARY_CAPTURE, "OT")
    dataset.Rows = dataset.Columns = rows
    if frames is not None:
        dataset.NumberOfFrames = frames
    dataset.save_as(tmp_path / "a", enforce_file_format=True)
    with pytest.raises(InputError, match="the header declares"):
        read_volume(tmp_path / "a")


def test_compressed_header_that_lies_allocates_nothing(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(FILES / "MR_small_RLE.dcm")
    assert dataset.file_meta.TransferSyntaxUID == RLELossless
    dataset.Rows = dataset.Columns = 30000
    dataset.save_as(tmp_path / "a")
    with pytest.raises(InputError, match="the header declares"):
        read_volume(tmp_path / "a")


def test_no_pixel_data_and_unknown_syntax(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(FILES / "MR_small_RLE.dcm")
    dataset.file_meta.TransferSyntaxUID = "1.2.3.4.999"
    dataset.save_as(tmp_path / "b", implicit_vr=False, little_endian=True)
    with pytest.raises(InputError, match="cannot be decoded"):
        read_volume(tmp_path / "b")
    del dataset.PixelData
    dataset.save_as(tmp_path / "a", implicit_vr=False, little_endian=True)
    with pytest.raises(InputError, match="no pixel data|needs? .* bytes"):
        read_volume(tmp_path / "a")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rtstruct.dcm", "RTSTRUCT"),
        ("rtdose.dcm", "RTDOSE"),
        ("liver_1frame.dcm", "SEG"),
        ("test-SR.dcm", "not an image"),
        ("dicomdirtests/DICOMDIR", "DICOMDIR"),
    ],
)
def test_what_is_no_scan_is_named(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_volume(FILES / name)


def test_file_without_preamble(tmp_path: Path) -> None:
    whole = (FILES / "MR_small.dcm").read_bytes()
    (tmp_path / "a").write_bytes(whole[132:])
    np.testing.assert_array_equal(read_volume(tmp_path / "a").array, read_volume(FILES / "MR_small.dcm").array)


def test_damage_never_quotes_the_header(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dataset = make_dataset(np.zeros((8, 8), dtype=np.uint16))
    dataset.save_as(tmp_path / "a", enforce_file_format=True)
    data = (tmp_path / "a").read_bytes()
    start = data.index(b"\x08\x00\x16\x00UI")
    (tmp_path / "a").write_bytes(data[: start + 6] + b"\xf0\x00" + data[start + 8 :])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as raised:
            read_volume(tmp_path / "a")
    assert "Mustermann" not in str(raised.value) + caplog.text and "\n" not in str(raised.value)
