"""Masks: what counts as abnormal, and that they lie where their image lies."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.transforms import LoadImaged
from PIL import Image

from acd_monai.errors import GeometryError
from acd_monai.transforms import LoadMaskd, SlicePlaned

AFFINE = np.array([[-1.0, 0.1, 0, 5], [0, -1, 0, 6], [0, 0, 3, 7], [0, 0, 0, 1]])


def load(image: Path, mask: Path | None, labels: list[int] | None = None) -> dict:
    item = {"image": str(image), "mask": None if mask is None else str(mask)}
    reader = LoadImaged("image", reader="acd_monai.data.StudyReader", ensure_channel_first=True, image_only=True)
    return LoadMaskd("mask", labels=labels)(reader(item))


def picture(path: Path, values: np.ndarray) -> Path:
    Image.fromarray(values.astype(np.uint8)).save(path)
    return path


def volume(path: Path, values: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(values, affine), path)
    return path


@pytest.mark.parametrize(
    ("values", "labels", "wanted"),
    [
        ([0, 255], None, [0, 1]),
        ([0, 1, 7], None, [0, 1, 1]),
        ([0, 3, 120, 140, 255], None, [0, 0, 0, 1, 1]),  # the blurred edge of a JPEG mask
        ([0, 1, 2], [2], [0, 0, 1]),
    ],
)
def test_values_of_a_picture(tmp_path: Path, values: list[int], labels: list[int] | None, wanted: list[int]) -> None:
    row = np.array([values, values])
    item = load(picture(tmp_path / "i.png", row), picture(tmp_path / "m.png", row), labels)
    assert item["mask"][0, :, 0, 0].tolist() == wanted
    assert item["mask"].shape == item["image"].shape


@pytest.mark.parametrize(
    ("dtype", "values", "labels", "wanted"),
    [
        (np.uint16, [0, 1, 2], None, [0, 1, 1]),
        (np.uint16, [0, 1, 2], [2], [0, 0, 1]),
        (np.uint16, [0, 255, 255], None, [0, 1, 1]),
        (np.uint16, [0, 9, 65535], None, [0, 0, 1]),
        (np.int32, [0, 1, 3], None, [0, 1, 1]),
        (np.int32, [1, 1, 1], None, [1, 1, 1]),
        (np.int32, [0, 1, 3], [1], [0, 1, 0]),
    ],
)
def test_labels_of_more_than_eight_bits(
    tmp_path: Path, dtype: type, values: list[int], labels: list[int] | None, wanted: list[int]
) -> None:
    Image.fromarray(np.array([values, values], dtype=dtype)).save(tmp_path / "m.tif")
    item = load(picture(tmp_path / "i.png", np.zeros((2, 3))), tmp_path / "m.tif", labels)
    assert item["mask"][0, :, 0, 0].tolist() == wanted


@pytest.mark.parametrize(
    ("palette", "labels", "wanted"),
    [
        ([0, 0, 0, 20, 0, 0, 0, 200, 0], None, [0, 1, 1]),  # a dark and a bright colour
        ([0, 0, 0, 20, 0, 0, 0, 200, 0], [2], [0, 0, 1]),
        ([255, 255, 255, 0, 0, 0, 255, 255, 255], None, [1, 0, 1]),  # sorted otherwise: colours tell
    ],
)
def test_palettes(tmp_path: Path, palette: list[int], labels: list[int] | None, wanted: list[int]) -> None:
    mask = Image.fromarray(np.array([[0, 1, 2]] * 2, dtype=np.uint8))
    mask.putpalette(palette)
    mask.save(tmp_path / "m.png")
    item = load(picture(tmp_path / "i.png", np.zeros((2, 3))), tmp_path / "m.png", labels)
    assert item["mask"][0, :, 0, 0].tolist() == wanted


def test_a_volume_turns_with_its_image(tmp_path: Path) -> None:
    values = np.zeros((5, 6, 4), dtype=np.int16)
    values[1, 2, 3] = 100
    item = load(volume(tmp_path / "i.nii.gz", values), volume(tmp_path / "m.nii.gz", (values > 0).astype(np.uint8)))
    for plane in ("axial", "coronal", "sagittal", "stored"):
        turned = SlicePlaned(["image", "mask"], plane)(item)
        assert torch.equal(turned["image"].as_tensor() > 0, turned["mask"].as_tensor() > 0), plane


def test_no_mask_is_a_normal_image(tmp_path: Path) -> None:
    item = load(picture(tmp_path / "i.png", np.full((4, 3), 9)), None)
    assert item["mask"].shape == (1, 3, 4, 1)
    assert item["mask"].sum() == 0


def test_another_size_is_refused(tmp_path: Path) -> None:
    image, mask = picture(tmp_path / "i.png", np.zeros((4, 3))), picture(tmp_path / "m.png", np.zeros((3, 4)))
    with pytest.raises(GeometryError, match="the mask is 4 x 3 x 1, its image 3 x 4 x 1"):
        load(image, mask)


def test_another_place_is_refused(tmp_path: Path) -> None:
    values = np.zeros((5, 6, 4), dtype=np.uint8)
    moved = AFFINE.copy()
    moved[0, 3] += 0.5
    image, mask = volume(tmp_path / "i.nii", values), volume(tmp_path / "m.nii", values, moved)
    with pytest.raises(GeometryError, match="lies up to 0.5 mm off"):
        load(image, mask)
