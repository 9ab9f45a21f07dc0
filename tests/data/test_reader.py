from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from monai.data import DataLoader, Dataset, decollate_batch
from monai.transforms import LoadImage, LoadImaged, Orientationd

from acd_monai.data.reader import StudyReader, parse_locator, read_volume
from acd_monai.errors import GeometryError, InputError, find_cause
from tests.data.dicom_files import write_series

SHEARED = np.array([[-0.9, 0.1, 0.3, 10], [0.05, 1.1, -0.7, 20], [0.2, 0.1, 2.9, -30.25], [0, 0, 0, 1]])


def write(path: Path, *shape: int) -> Path:
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(array, SHEARED), path)
    return path


def load() -> LoadImaged:
    return LoadImaged(keys="image", reader="acd_monai.data.reader.StudyReader", ensure_channel_first=True)


@pytest.mark.filterwarnings("ignore")
def test_orientation_and_back_is_exact_for_a_sheared_grid(tmp_path: Path) -> None:
    write(tmp_path / "a.nii.gz", 5, 6, 7)
    source = load()({"image": str(tmp_path / "a.nii.gz")})
    turn = Orientationd(keys="image", axcodes="PLS", labels=None)
    turned = turn(source)
    assert turned["image"].shape == (1, 6, 5, 7)
    back = turn.inverse(turned)["image"]
    assert torch.equal(back.as_tensor(), source["image"].as_tensor())
    assert back.affine.dtype == torch.float64 and torch.equal(back.affine, source["image"].affine)
    np.testing.assert_array_equal(source["image"].meta["original_affine"], source["image"].affine)


@pytest.mark.filterwarnings("ignore")
def test_dicom_as_folder_and_as_list_through_load_image(tmp_path: Path) -> None:
    stored = np.arange(60, dtype=np.uint16).reshape(4, 5, 3)
    paths = write_series(tmp_path, stored, step=(0.0, 0.5, 2.0))
    volume = read_volume(tmp_path)
    for locator in (str(tmp_path), [str(path) for path in paths]):
        image = LoadImage(reader=StudyReader(), ensure_channel_first=True)(locator)
        assert image.shape == (1, 5, 4, 3)
        np.testing.assert_array_equal(image.numpy(), volume.array)
        np.testing.assert_array_equal(image.affine.numpy(), volume.affine)
        assert (image.meta["kind"], image.meta["modality"], str(image.meta["space"])) == ("volume", "CT", "RAS")
        assert tuple(image.meta["spatial_shape"]) == (5, 4, 3)


@pytest.mark.filterwarnings("ignore")
def test_metadata_survive_collation(tmp_path: Path) -> None:
    items = [{"image": str(write(tmp_path / "a.nii", 3, 4, 5))}]
    batch = next(iter(DataLoader(Dataset(items, load()), batch_size=1)))
    item = decollate_batch(batch)[0]["image"]
    assert item.meta["acd_warnings"].startswith("sheared grid") and item.meta["kind"] == "volume"
    np.testing.assert_allclose(item.affine, SHEARED)


@pytest.mark.filterwarnings("ignore")
def test_what_is_refused_is_not_read_by_monais_other_readers(tmp_path: Path) -> None:
    write(tmp_path / "a.nii", 3, 4, 5, 2)
    with pytest.raises(Exception) as raised:
        load()({"image": str(tmp_path / "a.nii")})
    assert isinstance(find_cause(raised.value), InputError)
    paths = write_series(tmp_path / "s", np.zeros((4, 4, 6), dtype=np.uint16))
    paths[2].unlink()
    with pytest.raises(Exception) as raised:
        load()({"image": str(tmp_path / "s")})
    assert isinstance(find_cause(raised.value), GeometryError)


def test_locators(tmp_path: Path) -> None:
    assert parse_locator("a#b/c.nii#volume=12") == (("a#b/c.nii",), 12, None)
    assert parse_locator("study#series=1.2.3&volume=0") == (("study",), 0, "1.2.3")
    assert parse_locator(["e.dcm#volume=1", "f.dcm"]) == (("e.dcm", "f.dcm"), 1, None)
    assert parse_locator(Path("a.nii")) == (("a.nii",), None, None)
    odd = tmp_path / "a#volume=1"
    odd.mkdir()
    assert parse_locator(odd).volume is None
    for bad in ("a.nii#volume=x", "a.nii#volume=-1", "", []):
        with pytest.raises(InputError):
            parse_locator(bad)
    with pytest.raises(InputError, match="no such file"):
        read_volume(tmp_path / "absent.nii")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="not a format that is read"):
        read_volume(tmp_path / "notes.txt")
