"""NIfTI that is damaged, odd or hostile; and every voxel type in NIfTI, NRRD and MetaImage."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from acd_monai.data import find_cases, read_volume
from tests.data.bad_files import assert_refused, assert_refused_cheaply

AFFINE = np.array([[-2.0, 0, 0, 10], [0, 3.0, 0, -20], [0, 0, 4.0, 30], [0, 0, 0, 1]])
TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64")


def header(shape: tuple[int, ...], dtype: type) -> bytearray:
    """Return a NIfTI file without voxels that declares a shape."""
    head = nibabel.Nifti1Header()
    head.set_data_shape(shape)
    head.set_data_dtype(dtype)
    head.set_sform(AFFINE, code=1)
    head["magic"], head["vox_offset"] = b"n+1", 352
    return bytearray(head.binaryblock + b"\0" * 4)


def test_hostile_files_cost_neither_time_nor_memory(tmp_path: Path) -> None:
    (tmp_path / "lying.nii").write_bytes(header((30_000, 30_000, 30_000), np.float64) + b"\0" * 100)
    (tmp_path / "many.nii").write_bytes(header((10, 10, 10, 32_000), np.float64) + b"\0" * 8000)
    with gzip.open(tmp_path / "bomb.nii.gz", "wb") as stream:
        stream.write(header((1000, 1000, 500), np.uint8))
        for _ in range(500):
            stream.write(bytes(1_000_000))
    nrrd = "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 30000 30000 30000\nencoding: gzip\nendian: little\n\n"
    (tmp_path / "lying.nrrd").write_bytes(nrrd.encode() + gzip.compress(bytes(1000)))
    assert_refused_cheaply({path: "declares" for path in sorted(tmp_path.iterdir()) if path.name != "lying.nii"})
    assert_refused(tmp_path / "lying.nii", "lying.nii", "at most|declares")


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha"])
def test_every_voxel_type_reads_equal(tmp_path: Path, dtype: str, name: str) -> None:
    low = 0 if dtype.startswith("u") else -60
    array = (np.arange(120).reshape(4, 5, 6) + low).astype(dtype)
    if "nii" in name:
        nibabel.save(nibabel.Nifti1Image(array, AFFINE, dtype=dtype), tmp_path / name)
    else:
        image = SimpleITK.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
        image.SetSpacing((2.0, 3.0, 4.0))
        image.SetDirection((1, 0, 0, 0, -1, 0, 0, 0, 1))
        image.SetOrigin((-10.0, 20.0, 30.0))
        SimpleITK.WriteImage(image, str(tmp_path / name))
    volume = read_volume(tmp_path / name)
    np.testing.assert_array_equal(volume.array[0], array.astype(np.float32))
    np.testing.assert_allclose(volume.affine, AFFINE, atol=1e-6)
    assert volume.array.dtype == np.float32 and volume.warnings == ()


def test_left_handed_zero_and_constant(tmp_path: Path) -> None:
    flipped = AFFINE * [-1, 1, 1, 1]
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 4, 5), dtype=np.float32), flipped), tmp_path / "a.nii.gz")
    volume = read_volume(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(volume.affine, flipped)
    assert not volume.array.any()


def test_4d_is_scored_per_volume_and_the_rest_of_a_folder_is_still_read(tmp_path: Path) -> None:
    four = np.arange(60, dtype=np.float32).reshape(3, 4, 5, 1) + 1000 * np.arange(3, dtype=np.float32)
    nibabel.save(nibabel.Nifti1Image(four, AFFINE), tmp_path / "four.nii.gz")
    (tmp_path / "broken.nii.gz").write_bytes(b"\x1f\x8b not gzip after all")
    cases = {case["case"]: case["image"] for case in find_cases(tmp_path)}
    assert sorted(cases) == ["broken", "four_v000", "four_v001", "four_v002"]
    for n in range(3):
        np.testing.assert_array_equal(read_volume(cases[f"four_v{n:03d}"]).array[0], four[..., n])
    assert_refused(cases["broken"], "broken.nii.gz", "not a readable NIfTI|cut off or damaged")
