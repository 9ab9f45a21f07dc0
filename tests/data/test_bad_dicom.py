"""DICOM that is damaged, incomplete or hostile; the geometry cases that are refused are in test_dicom.py."""

from __future__ import annotations

import shutil
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import write_file_meta_info
from pydicom.pixels import get_decoder
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEG2000Lossless

from acd_monai.data import dicom_pixels, read_volume, scan_inputs
from acd_monai.data.codestream import codestream_size
from acd_monai.data.deflate import unpacked_limit
from acd_monai.errors import AcdMonaiError
from tests.data.bad_files import assert_refused, assert_refused_cheaply
from tests.data.dicom_files import SECONDARY_CAPTURE, make_dataset, write_series

FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, shape).astype(np.uint16)


def deflate(path: Path, pixels: np.ndarray) -> Path:
    dataset = make_dataset(pixels)
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [1, 1], 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    return path


def bomb(path: Path, size: int) -> Path:
    """Write a deflated file whose data set is ``size`` zero bytes."""
    meta = make_dataset(values(2, 2)).file_meta
    meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    with path.open("wb") as stream:
        stream.write(b"\0" * 128 + b"DICM")
        write_file_meta_info(stream, meta, enforce_standard=True)
        for _ in range(size // 2**20):
            stream.write(packer.compress(bytes(2**20)))
        stream.write(packer.flush())
    return path


def test_deflated_files_are_read_and_bombs_are_not(tmp_path: Path) -> None:
    pixels = values(40, 50)
    volume = read_volume(deflate(tmp_path / "good", pixels))
    np.testing.assert_array_equal(volume.array[0, :, :, 0], pixels.T - 1024.0)
    assert_refused(deflate(tmp_path / "blank", np.zeros((6000, 6000), np.uint16)), "blank", "bomb")
    whole = (tmp_path / "good").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    assert_refused(tmp_path / "cut", "cut", "damaged|cut off")


def test_hostile_files_cost_neither_time_nor_memory(tmp_path: Path) -> None:
    reasons = {bomb(tmp_path / "bomb.dcm", 2**29): "decompression bomb"}
    huge = make_dataset(np.zeros((8, 8), dtype=np.uint16))
    huge.Rows = huge.Columns = 65535
    huge.save_as(tmp_path / "huge.dcm", enforce_file_format=True)
    reasons[tmp_path / "huge.dcm"] = "65535 x 65535"
    many = make_dataset(np.zeros((8, 8), dtype=np.uint8), SECONDARY_CAPTURE, "OT")
    many.NumberOfFrames = 99_999
    many.save_as(tmp_path / "many.dcm", enforce_file_format=True)
    reasons[tmp_path / "many.dcm"] = "has only"
    reasons[lying_codestream(tmp_path / "stream.dcm")] = (
        "compressed as 60000 x 60000 pixels, but the header says 64 x 64"
    )
    assert_refused_cheaply(reasons)


def lying_codestream(path: Path) -> Path:
    """Write a JPEG 2000 picture of 64 x 64 whose codestream claims 60000 x 60000."""
    dataset = make_dataset(np.zeros((64, 64), dtype=np.uint16), SECONDARY_CAPTURE, "OT")
    dataset.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
    stream = bytearray(pydicom.encaps.get_frame(dataset.PixelData, 0, number_of_frames=1))
    for place in (8, 12, 24, 28):
        stream[place : place + 4] = (60_000).to_bytes(4, "big")
    dataset.PixelData = encapsulate([bytes(stream)])
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(
    "name", ["JPEG2000.dcm", "JPGExtended.dcm", "SC_rgb_jpeg_dcmtk.dcm", "MR_small_jpeg_ls_lossless.dcm"]
)
def test_codestreams_say_their_size(name: str) -> None:
    dataset = pydicom.dcmread(FILES / name)
    data = pydicom.encaps.get_frame(dataset.PixelData, 0, number_of_frames=1)
    assert codestream_size(data) == (dataset.Rows, dataset.Columns)
    assert codestream_size(data[:6]) is None or name == "JPEG2000.dcm"
    assert codestream_size(b"") is None and codestream_size(b"\xff\xd8" + b"\xff" * 50) is None


def test_what_deflate_may_unpack_to() -> None:
    assert unpacked_limit(1000) == 1_032_000
    assert unpacked_limit(100_000) == 2**26
    assert unpacked_limit(10**6) == 2 * 10**8


def test_twelve_bit_jpeg_by_the_fallback(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    path = FILES / "JPGExtended.dcm"
    dataset = pydicom.dcmread(path)
    reference = get_decoder(dataset.file_meta.TransferSyntaxUID).as_array(dataset, index=0)[0].astype(float)

    def missing(uid: str) -> None:
        raise NotImplementedError(f"no plug-in decodes {uid}")

    monkeypatch.setattr(dicom_pixels, "get_decoder", missing)
    with caplog.at_level("INFO"):
        volume = read_volume(path)
    assert "decoded with SimpleITK" in caplog.text
    ours = volume.array[0, :, :, 0].T * (2.0**dataset.BitsStored - 1)
    assert np.abs(ours - reference).max() <= 1.01  # two decoders of one lossy stream may round apart
    monkeypatch.setattr(dicom_pixels.SimpleITK, "ReadImage", lambda path: (_ for _ in ()).throw(RuntimeError("no")))
    assert_refused(path, "JPGExtended.dcm", "cannot be decoded")


def test_half_a_file_zero_bytes_and_junk_leave_the_rest(tmp_path: Path) -> None:
    write_series(tmp_path / "good", values(20, 20, 4), series="1.2.1")
    bad = write_series(tmp_path / "bad", values(20, 20, 4), series="1.2.2")
    bad[1].write_bytes(bad[1].read_bytes()[:-300])
    (tmp_path / "bad" / "empty").write_bytes(b"")
    (tmp_path / "bad" / "junk").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "bad" / "half").write_bytes(bad[0].read_bytes()[:200])
    scan = scan_inputs(tmp_path)
    outcomes = {}
    for case in scan.cases:
        try:
            outcomes[case["case"]] = str(read_volume(case["image"]).array.shape)
        except AcdMonaiError as error:
            outcomes[case["case"]] = str(error)
    assert "(1, 20, 20, 4)" in outcomes.values()
    said = {Path(item.path).name: item.reason for item in scan.left_out}
    assert {"empty", "junk", "half"} <= set(said) and all(said.values())
    assert any(bad[1].name in line for line in outcomes.values()), "the cut slice is named, and its series not bridged"


def test_a_lost_slice_is_never_bridged(tmp_path: Path) -> None:
    paths = write_series(tmp_path, values(4, 4, 8))
    paths[4].write_bytes(paths[4].read_bytes()[:300])
    assert_refused(tmp_path, "series 5", "gaps are uneven")


def test_two_sizes_under_one_uid_are_two_volumes(tmp_path: Path) -> None:
    write_series(tmp_path, values(4, 4, 3), prefix="a")
    write_series(tmp_path, values(6, 4, 3), prefix="b")
    shapes = {read_volume(case["image"]).array.shape for case in scan_inputs(tmp_path).cases}
    assert shapes == {(1, 4, 4, 3), (1, 4, 6, 3)}


@pytest.mark.parametrize(
    ("keyword", "value", "reason"),
    [
        ("BitsAllocated", 12, "of 12 bits"),
        ("BitsAllocated", 32, "needs? .* bytes|has only|need"),
        ("SamplesPerPixel", 4, "4 samples"),
        ("SamplesPerPixel", 3, "need|cannot be decoded"),
        ("NumberOfFrames", 7, "without per-frame positions|need"),
        ("NumberOfFrames", -2, "declares"),
        ("PixelRepresentation", 9, "cannot be decoded"),
        ("RescaleSlope", "nan", "rescale slope nan"),
        ("RescaleSlope", 0, "rescale slope 0"),
        ("PhotometricInterpretation", "NONSENSE", "cannot be decoded|colour space"),
    ],
)
def test_values_that_lie(tmp_path: Path, keyword: str, value: object, reason: str) -> None:
    def lie(dataset: Dataset, k: int) -> None:
        setattr(dataset, keyword, value)

    (path,) = write_series(tmp_path, values(6, 6, 1), edit=lie)
    assert_refused(path, path.name, reason)


def test_corrupt_codestream_and_unknown_syntax(tmp_path: Path) -> None:
    dataset = make_dataset(values(64, 64), SECONDARY_CAPTURE, "OT")
    dataset.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg")
    stream = pydicom.encaps.get_frame(dataset.PixelData, 0, number_of_frames=1)
    for name, data in (("noise", b"\x12" * 500), ("head", stream[:90]), ("nothing", b"\0\0")):
        dataset.PixelData = encapsulate([data])
        dataset.save_as(tmp_path / name, enforce_file_format=True)
        assert_refused(tmp_path / name, name, "cannot be decoded|damaged")
    dataset.file_meta.TransferSyntaxUID = "1.2.3.4.999"
    dataset.save_as(tmp_path / "unknown", implicit_vr=False, little_endian=True)
    assert_refused(tmp_path / "unknown", "unknown", "cannot be decoded")


def test_nested_folders_loops_and_unicode_names(tmp_path: Path) -> None:
    folder = tmp_path / "Überweisung 北京" / "a" / "b"
    paths = write_series(folder, values(4, 4, 3))
    paths[0].rename(folder / "Schädel №1 頭.dcm")
    (folder / "loop").symlink_to(tmp_path, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    assert read_volume(tmp_path).array.shape == (1, 4, 4, 3)
    assert len(scan_inputs(tmp_path).cases) == 1


def test_results_and_reports_in_a_study_are_named(tmp_path: Path) -> None:
    write_series(tmp_path, values(4, 4, 3))
    for name in ("liver_1frame.dcm", "test-SR.dcm", "rtstruct.dcm", "dicomdirtests/DICOMDIR"):
        shutil.copy(FILES / name, tmp_path / Path(name).name)
    scan = scan_inputs(tmp_path)
    assert len(scan.cases) == 1 and len(scan.left_out) == 4
    reasons = " ".join(item.reason for item in scan.left_out)
    assert all(word in reasons for word in ("SEG", "SR", "RTSTRUCT", "DICOMDIR"))
