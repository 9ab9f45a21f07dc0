from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from acd_monai.data.synthetic import make_head_mri
from acd_monai.errors import ConfigError

SMALL = {"shape": (64, 64, 32), "spacing": (3.4, 3.4, 5.0)}


@pytest.mark.parametrize("seed", range(6))
def test_the_lesion_outshines_its_surroundings(seed: int) -> None:
    phantom = make_head_mri(seed, **SMALL)
    ring = ndimage.binary_dilation(phantom.lesion_mask, iterations=2) & ~phantom.lesion_mask
    assert phantom.array.shape == phantom.lesion_mask.shape == SMALL["shape"]
    assert phantom.array.dtype == np.float32 and phantom.array.min() >= 0.0
    assert 20 < phantom.lesion_mask.sum() < 2000
    assert phantom.array[phantom.lesion_mask].mean() > 1.4 * phantom.array[ring].mean()
    assert ndimage.label(phantom.lesion_mask, np.ones((3, 3, 3)))[1] <= 3


def test_the_lesion_centre_is_where_the_mask_is() -> None:
    phantom = make_head_mri(1, tilt_degrees=12.0, **SMALL)
    index = np.linalg.solve(phantom.affine, (*phantom.lesion_centre_mm, 1.0))[:3]
    np.testing.assert_allclose(index, np.argwhere(phantom.lesion_mask).mean(axis=0))
    assert phantom.lesion_mask[tuple(np.rint(index).astype(int))]
    assert np.linalg.norm(phantom.affine[:3, :3], axis=0) == pytest.approx(SMALL["spacing"])


def test_a_seed_is_a_head() -> None:
    first, again, other = (make_head_mri(seed, **SMALL) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.array, again.array)
    assert not np.array_equal(first.array, other.array)


def test_a_head_without_a_lesion() -> None:
    phantom = make_head_mri(0, lesion_radius_mm=0.0, **SMALL)
    assert not phantom.lesion_mask.any()
    assert np.isnan(phantom.lesion_centre_mm).all()


def test_what_is_refused() -> None:
    with pytest.raises(ConfigError, match="shape"):
        make_head_mri(shape=(64, 64, 1))
    with pytest.raises(ConfigError, match="spacing"):
        make_head_mri(spacing=(1.0, 0.0, 1.0))
    with pytest.raises(ConfigError, match="40"):
        make_head_mri(lesion_radius_mm=40.0)
