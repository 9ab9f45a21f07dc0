from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from acd_monai.data import read_volume
from acd_monai.data.synthetic import CT_PHASES, make_abdominal_ct, make_liver_slice, write_ct_series
from acd_monai.data.synthetic.abdomen import draw_abdomen
from acd_monai.data.synthetic.abdominal_ct import scan_abdomen
from acd_monai.data.synthetic.ct_acquisition import draw_ct_scan
from acd_monai.data.synthetic.phantom_pictures import window_ct_slice
from acd_monai.data.synthetic.voxel_grid import make_affine
from acd_monai.errors import ConfigError

GRIDS = [
    {"shape": (96, 96, 24), "spacing": (4.2, 4.2, 7.0)},
    {"shape": (96, 64, 28), "spacing": (4.2, 6.0, 6.0), "tilt_degrees": 15.0},
]


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("seed", range(3))
def test_the_lesion_is_in_the_liver_and_where_it_is_said_to_be(seed: int, grid: dict) -> None:
    phantom = make_abdominal_ct(seed, lesion_radius_mm=16.0, **grid)
    (lesion,) = phantom.lesions
    assert phantom.liver[phantom.mask].all()
    assert 3 * phantom.mask.sum() < phantom.liver.sum()
    index = np.linalg.solve(phantom.affine, (*lesion.centre_mm, 1.0))[:3]
    np.testing.assert_allclose(index, np.argwhere(phantom.mask).mean(axis=0), atol=1e-6)
    assert lesion.centre_mm[0] > -60  # the liver is on the right
    assert np.linalg.norm(phantom.affine[:3, :3], axis=0) == pytest.approx(grid["spacing"]) == phantom.spacing_mm
    assert 7.0 < lesion.radius_mm < 22.0


@pytest.mark.parametrize("tilt", [0.0, 20.0])
def test_another_grid_shows_the_same_lesion_in_the_same_place(tilt: float) -> None:
    rng = np.random.default_rng(3)
    abdomen, scan = draw_abdomen(rng, "portal", (18.0,)), draw_ct_scan(rng)
    turn = np.array([[1, 0, 0], [0, np.cos(a := np.deg2rad(tilt)), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    centres = []
    for spacing in ((4.0, 4.0, 4.0), (3.6, 5.0, 6.0)):
        shape = tuple(round(length / step) for length, step in zip((300, 240, 200), spacing, strict=True))
        affine = make_affine(shape, spacing, turn if spacing[2] > 4 else None)
        _, marks, _ = scan_abdomen(abdomen, scan, rng, affine, shape)
        centres.append(affine[:3, :3] @ np.argwhere(marks).mean(axis=0) + affine[:3, 3])
    np.testing.assert_allclose(centres[0], centres[1], atol=2.0)


@pytest.mark.parametrize("phase", CT_PHASES)
def test_hounsfield_units_are_those_of_the_tissues(phase: str) -> None:
    phantom = make_abdominal_ct(2, lesions=0, phase=phase, **GRIDS[0])
    assert phantom.phase == phase and phantom.lesions == () and not phantom.mask.any()
    assert phantom.volume.dtype == np.float32
    inner = ndimage.binary_erosion(phantom.liver, iterations=2)
    assert 0 < np.median(phantom.volume[inner]) < 160
    body = phantom.volume[(phantom.volume > -1020) & (phantom.volume < 3071)]
    for low, high, share in ((-1100, -700, 0.05), (-130, -70, 0.02), (20, 150, 0.1), (250, 1500, 0.002)):
        assert ((phantom.volume > low) & (phantom.volume < high)).mean() > share
    assert body.max() > 300


def test_a_seed_is_an_abdomen() -> None:
    first, again, other = (make_abdominal_ct(seed, **GRIDS[0]) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.volume, again.volume)
    np.testing.assert_array_equal(first.mask, again.mask)
    np.testing.assert_array_equal(first.liver, again.liver)
    assert first.lesions == again.lesions
    assert not np.array_equal(first.volume, other.volume)
    assert len(make_abdominal_ct(5, lesions=3, lesion_radius_mm=12.0, **GRIDS[0]).lesions) == 3


@pytest.mark.parametrize("grid", GRIDS)
def test_the_study_reader_gives_the_same_units_on_the_same_grid(grid: dict, tmp_path: Path) -> None:
    phantom = make_abdominal_ct(1, **grid)
    write_ct_series(phantom.volume, phantom.affine, tmp_path / "study")
    volume = read_volume(tmp_path / "study")
    array = np.asarray(volume.array).reshape(phantom.volume.shape)
    np.testing.assert_allclose(volume.affine, phantom.affine, atol=1e-6)
    np.testing.assert_array_equal(array, np.rint(phantom.volume))


@pytest.mark.parametrize("lesion", [False, True])
def test_slices_show_the_liver_and_lesions_when_they_should(lesion: bool) -> None:
    for seed in range(10):
        picture, again = make_liver_slice(seed, 96, lesion), make_liver_slice(seed, 96, lesion)
        assert picture.image.dtype == np.uint8 and picture.image.shape == picture.mask.shape == (96, 96)
        assert picture.mask.any() == lesion and picture.organ.any()
        assert picture.organ[picture.mask].all()
        np.testing.assert_array_equal(picture.image, again.image)
        alone = make_liver_slice(seed, 96, lesion, liver_only=True)
        assert not alone.image[~alone.organ].any()
        np.testing.assert_array_equal(alone.mask, picture.mask)


def test_abdomens_vary_in_all_that_a_model_could_cheat_by() -> None:
    pictures = [make_liver_slice(seed, 96, plane="axial") for seed in range(30)]
    livers = [picture.organ.mean() for picture in pictures]
    assert max(livers) > 3 * min(livers)
    tones = [np.median(picture.image[picture.organ]) for picture in pictures]
    assert np.std(tones) > 8
    noise = [picture.image[picture.organ].std() for picture in pictures]
    assert max(noise) > 2 * min(noise)
    middles = np.array([ndimage.center_of_mass(picture.image) for picture in pictures])
    assert (middles.std(axis=0) > 1.5).all()


def test_the_window_is_the_livers() -> None:
    np.testing.assert_array_equal(window_ct_slice(np.array([-1000.0, -160, 40, 240, 900])), [0, 0, 128, 255, 255])


def test_a_slice_takes_milliseconds() -> None:
    start = time.process_time()
    for seed in range(8):
        make_liver_slice(seed, 256, lesion=seed % 2 == 1)
    assert (time.process_time() - start) / 8 < 0.5


def test_what_is_refused() -> None:
    with pytest.raises(ConfigError, match="shape"):
        make_abdominal_ct(shape=(64, 64, 1))
    with pytest.raises(ConfigError, match="50.0 mm"):
        make_abdominal_ct(lesion_radius_mm=50.0)
    with pytest.raises(ConfigError, match="venous"):
        make_abdominal_ct(phase="venous")
    with pytest.raises(ConfigError, match="lesions met"):
        make_abdominal_ct(shape=(8, 8, 8), spacing=(1.0, 1.0, 1.0), lesions=6)
    with pytest.raises(ConfigError, match="seed -1"):
        make_liver_slice(-1)
