from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from acd_monai.data.nifti import count_nifti_volumes
from acd_monai.data.reader import read_volume
from acd_monai.errors import GeometryError, InputError

NIBABEL = Path(nibabel.__file__).parent / "tests" / "data"
AFFINE = np.array([[-2.0, 0, 0, 10], [0, 3.0, 0, -20], [0, 0, 4.0, 30], [0, 0, 0, 1]])
SHEARED = AFFINE + np.array([[0, 0, 0, 0], [0, 0, 1.5, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def write(path: Path, array: np.ndarray, sform: np.ndarray | None = AFFINE, qform: np.ndarray | None = None) -> Path:
    image = nibabel.Nifti1Image(array, None)
    image.header.set_sform(sform, code=0 if sform is None else 1)
    image.header.set_qform(qform, code=0 if qform is None else 1)
    image.update_header()
    nibabel.save(image, path)
    return path


def ramp(*shape: int, dtype: type = np.float32) -> np.ndarray:
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def test_bundled_files_agree_with_nibabel() -> None:
    reference = nibabel.load(NIBABEL / "anatomical.nii")
    volume = read_volume(NIBABEL / "anatomical.nii")
    np.testing.assert_array_equal(volume.array[0], reference.get_fdata(dtype=np.float32))
    np.testing.assert_array_equal(volume.affine, reference.affine)
    assert volume.array.dtype == np.float32 and volume.kind == "volume"


def test_4d_needs_a_volume() -> None:
    path = NIBABEL / "example4d.nii.gz"
    assert count_nifti_volumes(path) == 2
    with pytest.raises(InputError, match=r"2 volumes \(4-D, 128 x 96 x 24 x 2\).*#volume=0 to #volume=1"):
        read_volume(path)
    expected = nibabel.load(path).get_fdata(dtype=np.float32)[..., 1]
    np.testing.assert_array_equal(read_volume(f"{path}#volume=1").array[0], expected)
    with pytest.raises(InputError, match="no volume 2"):
        read_volume(f"{path}#volume=2")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_sheared_and_left_handed_affines_are_kept_exact(tmp_path: Path, name: str) -> None:
    volume = read_volume(write(tmp_path / name, ramp(3, 4, 5), SHEARED))
    np.testing.assert_array_equal(volume.affine, SHEARED)
    assert volume.warnings[0].startswith("sheared grid")


def test_sform_wins_over_a_qform_that_differs(tmp_path: Path) -> None:
    other = AFFINE.copy()
    other[0, 3] += 5
    volume = read_volume(write(tmp_path / "a.nii", ramp(3, 4, 5), AFFINE, other))
    np.testing.assert_array_equal(volume.affine, AFFINE)
    assert volume.warnings == ("sform and qform differ by up to 5.00 mm; the sform is used",)


def test_qform_alone_and_neither(tmp_path: Path) -> None:
    volume = read_volume(write(tmp_path / "a.nii", ramp(3, 4, 5), None, AFFINE))
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-5)
    assert volume.warnings == ()
    volume = read_volume(write(tmp_path / "b.nii", ramp(3, 4, 5), None, None))
    assert "neither sform nor qform" in volume.warnings[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_voxels_are_counted_and_zeroed(tmp_path: Path, value: float) -> None:
    array = ramp(3, 4, 5) + 1
    array[0, 0, :2] = value
    volume = read_volume(write(tmp_path / "a.nii.gz", array))
    assert volume.array[0, 0, 0, 0] == 0 and volume.warnings == ("2 voxels were NaN or infinite and were set to 0",)


def test_dimensions(tmp_path: Path) -> None:
    assert read_volume(write(tmp_path / "a.nii", ramp(3, 4))).array.shape == (1, 3, 4, 1)
    assert read_volume(write(tmp_path / "b.nii", ramp(3, 4, 5, 1))).array.shape == (1, 3, 4, 5)
    with pytest.raises(InputError, match="5 dimensions"):
        read_volume(write(tmp_path / "c.nii", ramp(3, 4, 5, 1, 2)))


def test_rgb_and_complex(tmp_path: Path) -> None:
    rgb = np.zeros((3, 4, 5), dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    rgb["G"] = 51
    volume = read_volume(write(tmp_path / "a.nii", rgb))
    assert volume.array.shape == (3, 3, 4, 5)
    np.testing.assert_allclose(volume.array[:, 0, 0, 0], [0, 0.2, 0])
    with pytest.raises(InputError, match="complex voxels"):
        read_volume(write(tmp_path / "b.nii", ramp(3, 4, 5).astype(np.complex64)))


def test_scale_and_offset_of_the_header(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(ramp(3, 4, 5, dtype=np.int16), AFFINE)
    image.header.set_slope_inter(0.5, -10)
    nibabel.save(image, tmp_path / "a.nii")
    expected = nibabel.load(tmp_path / "a.nii").get_fdata(dtype=np.float32)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.nii").array[0], expected)


@pytest.mark.parametrize(("bad", "message"), [(np.diag([1.0, 0, 1, 1]), "singular"), (AFFINE * np.nan, "NaN")])
def test_unusable_affines_are_refused(tmp_path: Path, bad: np.ndarray, message: str) -> None:
    path = write(tmp_path / "a.nii", ramp(3, 4, 5))
    data = bytearray(path.read_bytes())
    data[280:328] = bad[:3].astype("<f4").tobytes()
    path.write_bytes(data)
    with pytest.raises(GeometryError, match=message):
        read_volume(path)


def test_damaged_files_fail_in_one_line(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.nii", np.random.default_rng(0).normal(size=(20, 20, 20)).astype(np.float32))
    zipped = gzip.compress(whole.read_bytes())
    damaged = {
        "empty.nii": b"",
        "empty.nii.gz": b"",
        "text.nii": b"this is no image\n" * 50,
        "text.nii.gz": b"this is no image\n" * 50,
        "cut.nii": whole.read_bytes()[:-100],
        "cut.nii.gz": zipped[: len(zipped) // 2],
        "plain.nii.gz": whole.read_bytes(),
        "head.nii": whole.read_bytes()[:200],
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name.replace(".", r"\.")) as raised:
            read_volume(tmp_path / name)
        assert "\n" not in str(raised.value) and str(tmp_path) not in str(raised.value)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_dimensions_that_lie_allocate_nothing(tmp_path: Path, name: str) -> None:
    data = bytearray(write(tmp_path / "whole.nii", ramp(3, 4, 5)).read_bytes())
    data[42:48] = np.array([1200, 1200, 1200], dtype="<i2").tobytes()
    (tmp_path / name).write_bytes(gzip.compress(bytes(data)) if name.endswith(".gz") else data)
    with pytest.raises(InputError, match="the header declares 1200 x 1200 x 1200"):
        read_volume(tmp_path / name)
    data[42:48] = np.array([-3, 4, 5], dtype="<i2").tobytes()
    (tmp_path / name).write_bytes(gzip.compress(bytes(data)) if name.endswith(".gz") else data)
    with pytest.raises(InputError, match=name):
        read_volume(tmp_path / name)
