"""The Gaussian that most of the methods smooth their maps with: SciPy's, on any device.

SciPy cuts the kernel at four sigmas and repeats the edge pixel at the border (its ``reflect``, which PyTorch does not
have). Per axis the filter is linear, so it is one matrix, and that matrix is made by SciPy itself.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

__all__ = ["scipy_gaussian"]


def scipy_gaussian(maps: Tensor, sigma: float) -> Tensor:
    """Smooth the last two axes of ``(…, H, W)`` as ``scipy.ndimage.gaussian_filter(map, sigma)`` does.

    Args:
        maps: of any range; the result is float32, or float64 for float64.
        sigma: in pixels; 0 leaves the maps as they are.
    """
    if sigma == 0:
        return maps
    with torch.autocast(maps.device.type, enabled=False):
        maps = maps if maps.dtype == torch.float64 else maps.float()
        rows, columns = (torch.from_numpy(_filter_matrix(size, float(sigma))).to(maps) for size in maps.shape[-2:])
        return rows @ maps @ columns.mT


@lru_cache(maxsize=16)
def _filter_matrix(size: int, sigma: float) -> np.ndarray:
    """Return ``(size, size)``: what SciPy's filter makes of each unit vector."""
    return gaussian_filter1d(np.eye(size), sigma, axis=0, mode="reflect", truncate=4.0)
