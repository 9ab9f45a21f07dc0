from __future__ import annotations

import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from scipy import ndimage

from acd_monai.data.synthetic import MR_CONTRASTS, make_head_mri, make_head_slice, write_nifti
from acd_monai.data.synthetic.head import draw_head, look_at_head
from acd_monai.data.synthetic.head_mri import scan_head
from acd_monai.data.synthetic.mr_acquisition import draw_mr_scan
from acd_monai.data.synthetic.phantom_pictures import scale_mr_slice
from acd_monai.data.synthetic.voxel_grid import make_affine, slice_places
from acd_monai.errors import ConfigError, InputError
from acd_monai.transforms.intensity import scale_mr

GRIDS = [
    {"shape": (64, 64, 32), "spacing": (3.4, 3.4, 5.0)},
    {"shape": (64, 48, 24), "spacing": (3.4, 4.6, 7.0), "tilt_degrees": 17.0},
]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("seed", range(3))
def test_the_lesion_is_where_it_is_said_to_be(seed: int, grid: dict) -> None:
    phantom = make_head_mri(seed, lesion_radius_mm=12.0, **grid)
    (lesion,) = phantom.lesions
    index = np.linalg.solve(phantom.affine, (*lesion.centre_mm, 1.0))[:3]
    np.testing.assert_allclose(index, np.argwhere(phantom.mask).mean(axis=0), atol=1e-6)
    assert np.linalg.norm(phantom.affine[:3, :3], axis=0) == pytest.approx(grid["spacing"]) == phantom.spacing_mm
    volume = phantom.mask.sum() * np.prod(grid["spacing"])
    assert lesion.radius_mm == pytest.approx((volume * 3 / (4 * np.pi)) ** (1 / 3))
    assert 6.0 < lesion.radius_mm < 30.0


@pytest.mark.parametrize("tilt", [0.0, 23.0])
def test_another_grid_shows_the_same_head_in_the_same_place(tilt: float) -> None:
    rng = np.random.default_rng(5)
    head = draw_head(rng, "flair", (14.0,))
    scan = draw_mr_scan(rng)._replace(noise=0.0, ghost=0.0, floor=0.0, blur_mm=0.2)
    turn = np.array([[1, 0, 0], [0, np.cos(a := np.deg2rad(tilt)), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    centres = []
    for spacing in ((3.0, 3.0, 3.0), (2.4, 4.1, 5.0)):
        shape = tuple(round(200 / step) for step in spacing)
        affine = make_affine(shape, spacing, turn if spacing[2] > 3 else None)
        _, marks = scan_head(head, scan, rng, affine, shape)
        centres.append(affine[:3, :3] @ np.argwhere(marks).mean(axis=0) + affine[:3, 3])
    np.testing.assert_allclose(centres[0], centres[1], atol=1.5)


@pytest.mark.parametrize("seed", range(4))
def test_lesions_are_in_the_brain_and_change_what_is_seen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sick = draw_head(rng, MR_CONTRASTS[seed], (10.0, 6.0))
    still = tuple(lesion._replace(push=0.0) for lesion in sick.lesions)
    healthy = sick._replace(lesions=())
    shape = (70, 80, 60)
    affine = make_affine(shape, (2.5, 2.5, 2.5))
    marked, changed = np.empty(shape, bool), np.empty(shape, bool)
    for k in range(shape[2]):
        places = slice_places(affine, shape[:2], k)
        with_, without = look_at_head(sick._replace(lesions=still), places, 1.5), look_at_head(healthy, places, 1.5)
        assert (with_.tissue[with_.marks > 0] >= 0.5).all()
        marked[:, :, k] = (with_.marks > 0).reshape(shape[:2])
        changed[:, :, k] = (np.abs(with_.values - without.values) > 0.01).reshape(shape[:2])
    assert marked.sum() > 100
    assert changed[marked].mean() > 0.9
    beyond = changed & ~ndimage.binary_dilation(marked, iterations=2)
    assert beyond.sum() < 0.03 * marked.sum()


def test_a_seed_is_a_head() -> None:
    first, again, other = (make_head_mri(seed, **GRIDS[0]) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.volume, again.volume)
    np.testing.assert_array_equal(first.mask, again.mask)
    assert first.lesions == again.lesions
    assert not np.array_equal(first.volume, other.volume)


def test_a_head_without_and_with_several_lesions() -> None:
    healthy = make_head_mri(0, lesions=0, **GRIDS[0])
    assert not healthy.mask.any() and healthy.lesions == ()
    assert healthy.volume.dtype == np.float32 and healthy.volume.min() >= 0
    many = make_head_mri(0, lesions=3, lesion_radius_mm=8.0, contrast="t2", stripped=True, **GRIDS[0])
    assert len(many.lesions) == 3 and many.contrast == "t2"
    assert [lesion.radius_mm for lesion in many.lesions] == sorted((x.radius_mm for x in many.lesions), reverse=True)


def test_files_keep_the_geometry(tmp_path: Path) -> None:
    phantom = make_head_mri(1, **GRIDS[1])
    image = nib.load(write_nifti(phantom.volume, phantom.affine, tmp_path / "new" / "head.nii.gz"))
    mask = nib.load(write_nifti(phantom.mask, phantom.affine, tmp_path / "mask.nii"))
    np.testing.assert_allclose(image.affine, phantom.affine, atol=1e-4)
    np.testing.assert_allclose(image.get_qform(), phantom.affine, atol=1e-3)
    np.testing.assert_array_equal(np.asarray(image.dataobj), phantom.volume)
    assert mask.get_data_dtype() == np.uint8 and np.asarray(mask.dataobj).sum() == phantom.mask.sum()
    assert sorted(path.name for path in tmp_path.rglob("*.nii*")) == ["head.nii.gz", "mask.nii"]
    with pytest.raises(InputError, match="head.mha"):
        write_nifti(phantom.volume, phantom.affine, tmp_path / "head.mha")


@pytest.mark.parametrize("lesion", [False, True])
def test_slices_have_lesions_when_they_should(lesion: bool) -> None:
    for seed in range(10):
        picture = make_head_slice(seed, 96, lesion)
        again = make_head_slice(seed, 96, lesion)
        assert picture.image.dtype == np.uint8 and picture.image.shape == picture.mask.shape == (96, 96)
        assert picture.mask.any() == lesion
        np.testing.assert_array_equal(picture.image, again.image)
        np.testing.assert_array_equal(picture.mask, again.mask)
        assert picture.organ[picture.mask].mean() > 0.95 if lesion else picture.organ.any()


def test_heads_vary_in_all_that_a_model_could_cheat_by() -> None:
    pictures = [make_head_slice(seed, 96, stripped=False, plane="axial") for seed in range(30)]
    corners = [picture.image[:8, :8].astype(float) for picture in pictures]
    assert np.std([corner.mean() for corner in corners]) > 1.0
    noise = [corner.std() for corner in corners]
    assert max(noise) > 4 * (min(noise) + 0.2)
    middles = np.array([ndimage.center_of_mass(picture.image) for picture in pictures])
    assert (middles.std(axis=0) > 2.0).all()
    areas = [picture.organ.mean() for picture in pictures]
    assert max(areas) > 3 * min(areas)
    tones = [np.median(picture.image[picture.organ]) for picture in pictures]
    assert np.std(tones) > 15


def test_grey_values_are_those_of_the_brain_bundle() -> None:
    values = np.random.default_rng(0).gamma(2.0, 50.0, (80, 90)).astype(np.float32)
    wanted = np.rint(scale_mr(torch.from_numpy(values)).numpy() * 255)
    assert np.abs(scale_mr_slice(values).astype(int) - wanted).max() <= 1
    assert not scale_mr_slice(np.ones((4, 4), np.float32)).any()


def test_a_slice_takes_milliseconds() -> None:
    start = time.process_time()
    for seed in range(8):
        make_head_slice(seed, 256, lesion=seed % 2 == 1)
    assert (time.process_time() - start) / 8 < 0.4


def test_what_is_refused() -> None:
    with pytest.raises(ConfigError, match="shape"):
        make_head_mri(shape=(64, 64, 1))
    with pytest.raises(ConfigError, match="spacing"):
        make_head_mri(spacing=(1.0, 0.0, 1.0))
    with pytest.raises(ConfigError, match="40"):
        make_head_mri(lesion_radius_mm=40.0)
    with pytest.raises(ConfigError, match="-2 lesions"):
        make_head_mri(lesions=-2)
    with pytest.raises(ConfigError, match="swi"):
        make_head_mri(contrast="swi")
    with pytest.raises(ConfigError, match="no picture|lesions met"):
        make_head_mri(shape=(8, 8, 8), spacing=(1.0, 1.0, 1.0), lesions=6)
    with pytest.raises(ConfigError, match="32 pixels"):
        make_head_slice(0, 32)
    with pytest.raises(ConfigError, match="oblique"):
        make_head_slice(0, 64, plane="oblique")
