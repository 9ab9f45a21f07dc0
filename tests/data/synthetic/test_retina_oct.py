from __future__ import annotations

import time

import numpy as np
import pytest

from acd_monai.data.synthetic import RETINA_LESIONS, make_retina_oct, make_retina_oct_volume
from acd_monai.data.synthetic.retina_layers import BANDS, OctGrid, draw_eye, find_surfaces
from acd_monai.data.synthetic.retina_lesions import draw_disease, no_disease
from acd_monai.data.synthetic.retina_light import reflect
from acd_monai.data.synthetic.retina_oct import FAINTEST, SMALLEST_LESION
from acd_monai.errors import ConfigError

SIZE = 96


def grid_of(height: int = 200, width: int = 160) -> OctGrid:
    x = np.linspace(-3, 3, width, dtype=np.float32)[None, None]
    z = np.linspace(0, 1.6, height, dtype=np.float32)[None, :, None]
    return OctGrid(z, x, np.zeros((1, 1, 1), dtype=np.float32), (0.12, 1.6 / height, 6 / width))


def test_the_same_seed_gives_the_same_picture() -> None:
    first, again = make_retina_oct(7, SIZE, True), make_retina_oct(7, SIZE, True)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.mask, again.mask)
    assert not np.array_equal(first.image, make_retina_oct(8, SIZE, True).image)


@pytest.mark.parametrize("kind", [*RETINA_LESIONS, True])
def test_disease_changes_its_pixels_and_little_else(kind: str | bool) -> None:
    inside, outside = [], []
    for seed in range(12):
        healthy, ill = make_retina_oct(seed, SIZE), make_retina_oct(seed, SIZE, kind)
        assert ill.image.shape == ill.mask.shape == (SIZE, SIZE) and ill.image.dtype == np.uint8
        assert ill.mask.dtype == bool and not healthy.mask.any()
        assert SMALLEST_LESION <= ill.mask.mean() < 0.4 and ill.spacing == healthy.spacing
        change = np.abs(ill.image.astype(int) - healthy.image)
        assert change[ill.mask].mean() >= FAINTEST
        inside.append(change[ill.mask].mean())
        outside.append(change[~ill.mask].mean())
    assert np.mean(inside) > 4 * np.mean(outside)  # what lies in front is lifted, so it changes, too


def test_fluid_fills_the_space_between_the_layers_pixel_by_pixel() -> None:
    grid = grid_of()
    eye = draw_eye(np.random.default_rng(1), grid)
    disease = draw_disease(np.random.default_rng(2), grid, ("subretinal_fluid",), 1.0)
    surfaces = find_surfaces(eye, disease.lift, grid.steps[2])
    first = BANDS.index("subretinal") - 1
    np.testing.assert_allclose((surfaces[first + 1] - surfaces[first]), disease.lift.subretinal, atol=1e-5)
    healthy = find_surfaces(eye, no_disease(grid).lift, grid.steps[2])
    np.testing.assert_allclose(surfaces[first + 1 :], healthy[first + 1 :], atol=1e-6)  # nothing beneath moves


@pytest.mark.parametrize("kind", RETINA_LESIONS)
def test_layers_never_cross(kind: str) -> None:
    grid = grid_of()
    for seed in range(4):
        eye = draw_eye(np.random.default_rng(seed), grid)
        lift = draw_disease(np.random.default_rng(seed), grid, (kind,), 1.0).lift
        assert np.diff(find_surfaces(eye, lift, grid.steps[2]), axis=0).min() > -1e-5


def test_cysts_and_foci_stay_inside_the_retina() -> None:
    grid = grid_of()
    for seed in range(8):
        eye = draw_eye(np.random.default_rng(seed), grid)
        disease = draw_disease(np.random.default_rng(seed), grid, ("intraretinal_fluid", "hyperreflective_foci"), 1.5)
        surfaces = find_surfaces(eye, disease.lift, grid.steps[2])
        _, mask = reflect(np.random.default_rng(seed), grid, eye, disease)
        assert mask.any() and not (mask & (grid.z < surfaces[0])).any()
        assert not (mask & (grid.z >= surfaces[BANDS.index("ELM") - 1])).any()


def test_a_cyst_below_the_picture_is_not_drawn() -> None:
    image, mask = make_retina_oct(2157483685, 336, abnormal=True)[:2]
    assert image.shape == mask.shape == (336, 336) and mask.any()


def test_a_healthy_retina_measures_what_retinas_do() -> None:
    grid = grid_of()
    at_fovea, beside = [], []
    for seed in range(20):
        eye = draw_eye(np.random.default_rng(seed), grid)
        thick = eye.membrane - find_surfaces(eye, no_disease(grid).lift, grid.steps[2])[0]
        across = np.abs(grid.x.ravel() - eye.fovea)
        at_fovea.append(1000 * thick.ravel()[across.argmin()])
        beside.append(1000 * thick.ravel()[np.abs(across - 1.2).argmin()])
    assert 150 < np.mean(at_fovea) < 290 and 260 < np.mean(beside) < 420  # micrometres
    assert np.mean(np.array(beside) > np.array(at_fovea)) > 0.9  # the pit


def test_pictures_differ_widely() -> None:
    pictures = [make_retina_oct(seed, SIZE).image for seed in range(40)]
    assert np.std([picture.mean() for picture in pictures]) > 25
    background = [np.median(picture[:8]) for picture in pictures]
    assert min(background) < 30 and max(background) > 200  # light on dark and dark on light
    assert min(picture.std() for picture in pictures) > 4


def test_a_volume_has_its_lesion_where_it_says() -> None:
    shape, spacing = (96, 80, 6), (0.06, 0.02, 0.25)
    volume = make_retina_oct_volume(3, shape, spacing, "subretinal_fluid")
    assert volume.array.shape == volume.mask.shape == shape and volume.array.dtype == np.uint8
    np.testing.assert_allclose(np.linalg.norm(volume.affine[:3, :3], axis=0), spacing)
    assert volume.affine[0, 0] < 0 and volume.affine[1, 1] < 0 < volume.affine[2, 2]  # left, back, up
    np.testing.assert_allclose((volume.affine @ [*(np.array(shape) - 1) / 2, 1])[:3], 0, atol=1e-9)
    index = np.linalg.inv(volume.affine) @ [*volume.lesion_centre_mm, 1]
    np.testing.assert_allclose(index[:3], np.argwhere(volume.mask).mean(axis=0), atol=1e-6)
    assert np.isnan(make_retina_oct_volume(3, shape, spacing).lesion_centre_mm).all()
    neighbours = np.corrcoef(volume.array[..., 2].ravel(), volume.array[..., 3].ravel())[0, 1]
    assert neighbours > 0.3  # one eye


@pytest.mark.parametrize("size", [64, (128, 80)])
def test_sizes(size: int | tuple[int, int]) -> None:
    assert make_retina_oct(1, size, True).image.shape == ((size, size) if isinstance(size, int) else size)


def test_it_is_fast() -> None:
    make_retina_oct(0)
    start = time.process_time()
    for seed in range(5):
        make_retina_oct(seed, 256, True)
    assert (time.process_time() - start) / 5 < 0.3


@pytest.mark.parametrize(
    ("values", "words"),
    [({"seed": -1}, "seed -1"), ({"size": 32}, "32 x 32"), ({"abnormal": "flu"}, "'flu'; wanted one of drusen")],
)
def test_what_is_refused(values: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_retina_oct(**{"seed": 0, "size": 64, **values})
    with pytest.raises(ConfigError, match="0 B-scans"):
        make_retina_oct_volume(0, (64, 64, 0))
    with pytest.raises(ConfigError, match="positive sizes"):
        make_retina_oct_volume(0, (64, 64, 2), (1.0, 0.0, 1.0))
