from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acd_monai.errors import AcdMonaiError, GeometryError
from acd_monai.reports import write_map


def oblique_affine() -> np.ndarray:
    c, s = np.cos(0.3), np.sin(0.3)
    rotation = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag((-0.4883, -0.4883, 3.3))
    affine[:3, 3] = (121.123456, 98.7, -33.1)
    return affine


def test_read_back(tmp_path: Path) -> None:
    anomaly_map = np.random.default_rng(0).random((5, 6, 7))
    write_map(anomaly_map, oblique_affine(), tmp_path / "map.nii.gz")

    image = nib.load(tmp_path / "map.nii.gz")

    assert image.get_data_dtype() == np.float32
    np.testing.assert_array_equal(np.asarray(image.dataobj), anomaly_map.astype(np.float32))
    np.testing.assert_array_equal(image.affine, oblique_affine().astype(np.float32))
    np.testing.assert_allclose(image.get_qform(), oblique_affine(), atol=1e-4)
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 1)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert (float(image.header["cal_min"]), float(image.header["cal_max"])) == (0.0, 1.0)
    assert bytes(image.header["descrip"].item()) == b"acd_monai anomaly map"
    assert [path.name for path in tmp_path.iterdir()] == ["map.nii.gz"]


def test_a_sheared_affine_keeps_its_shear_and_gives_no_qform(tmp_path: Path) -> None:
    affine = oblique_affine()
    affine[:3, 2] += (0.0, 0.8, 0.0)  # a tilted gantry
    write_map(np.zeros((3, 4, 5)), affine, tmp_path / "map.nii.gz")

    image = nib.load(tmp_path / "map.nii.gz")

    np.testing.assert_array_equal(image.affine, affine.astype(np.float32))
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 0)
    np.testing.assert_allclose(image.header.get_zooms(), np.linalg.norm(affine[:3, :3], axis=0), rtol=1e-6)


def test_the_same_map_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "b.nii.gz"):
        write_map(np.full((3, 3, 3), 0.25), np.eye(4), tmp_path / name)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.01, 1.01])
def test_values_that_are_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(AcdMonaiError, match="anomaly map"):
        write_map(np.full((3, 3, 3), value), np.eye(4), tmp_path / "map.nii.gz")
    assert list(tmp_path.iterdir()) == []


def test_geometry_that_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r"\(3, 3\)"):
        write_map(np.zeros((3, 3, 3)), np.eye(3), tmp_path / "map.nii.gz")
    with pytest.raises(GeometryError, match="32767"):
        write_map(np.zeros((40000, 1, 1)), np.eye(4), tmp_path / "map.nii.gz")
