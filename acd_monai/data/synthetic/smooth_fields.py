"""Smooth random fields on grids of any shape: numbers at the nodes of a coarse lattice, interpolated by Gaussians."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["node_weights", "smooth_field"]

_NODES_PER_WIDTH = 1.25
_NODES_BEYOND = 4
"""Nodes before the grid's first point, and after its last: three standard deviations."""


def smooth_field(rng: np.random.Generator, shape: Sequence[int], sigmas: Sequence[float]) -> np.ndarray:
    """Return Gaussian noise of mean 0 and variance 1 that is smooth along each axis.

    Random numbers at the nodes of a coarse lattice are interpolated by Gaussians, axis by axis: small matrix products
    in place of filters over the whole grid.

    Args:
        rng: draws the numbers.
        shape: of the grid.
        sigmas: standard deviation of the Gaussian along each axis, grid steps; at least 0.5 where it smooths. 0 leaves
            an axis rough.

    Returns:
        float32 of ``shape``.
    """
    weights = [
        node_weights(count, sigma, _NODES_PER_WIDTH, _NODES_BEYOND, _NODES_BEYOND)
        if sigma > 0
        else np.eye(count, dtype=np.float32)
        for count, sigma in zip(shape, sigmas, strict=True)
    ]
    field = rng.standard_normal([matrix.shape[1] for matrix in weights], dtype=np.float32)
    for axis, matrix in enumerate(weights):
        field = np.moveaxis(np.tensordot(matrix, field, axes=(1, axis)), 0, axis)
    return field


def node_weights(count: int, sigma: float, per_width: float, before: int, after: int) -> np.ndarray:
    """Return the weight of each node for each grid point, ``(count, nodes)``, scaled to keep a variance of 1.

    Args:
        count: grid points along the axis.
        sigma: standard deviation of the Gaussian, grid steps, above 0.
        per_width: nodes to a standard deviation.
        before: nodes before the first point.
        after: nodes after the last one.
    """
    step = sigma / per_width
    nodes = (np.arange(math.ceil(count / step) + before + after) - before) * step
    weights = np.exp(-0.5 * ((np.arange(count)[:, None] - nodes) / sigma) ** 2)
    return (weights / np.linalg.norm(weights, axis=1, keepdims=True)).astype(np.float32)
