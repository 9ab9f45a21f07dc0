"""The Gaussian against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from acd_monai.networks.smoothing import scipy_gaussian


@pytest.mark.parametrize("sigma", [0, 0.6, 2, 4, 8])
@pytest.mark.parametrize("shape", [(70, 70), (5, 91), (1, 3)])  # narrower than the kernel is, too
def test_agrees_with_scipy(sigma: float, shape: tuple[int, int]) -> None:
    maps = np.random.default_rng(0).random((2, 3, *shape)).astype(np.float32)
    want = np.stack([[gaussian_filter(one, sigma) for one in image] for image in maps])
    got = scipy_gaussian(torch.from_numpy(maps), sigma)
    assert got.dtype == torch.float32
    np.testing.assert_allclose(got.numpy(), want, atol=1e-6)


def test_keeps_the_mean_and_the_range_and_does_not_feel_autocast() -> None:
    maps = torch.rand(1, 1, 40, 30)
    smooth = scipy_gaussian(maps, 3.0)
    assert smooth.mean().item() == pytest.approx(maps.mean().item(), abs=1e-6)
    assert maps.min() <= smooth.min() <= smooth.max() <= maps.max()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(scipy_gaussian(maps, 3.0), smooth)
