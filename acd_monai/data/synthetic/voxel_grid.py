"""Grids of voxels in the scanner's space, RAS+ millimetres."""

from __future__ import annotations

import numpy as np

from acd_monai.errors import ConfigError

__all__ = ["check_grid", "make_affine", "slice_places", "spacing_of"]

_SMALLEST = 8


def check_grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> None:
    """Refuse a grid that holds no picture.

    Raises:
        ConfigError: a size below 8, or a spacing that is not above 0.
    """
    if len(shape) != 3 or min(shape) < _SMALLEST:
        raise ConfigError(f"phantom shape is {shape}; expected three sizes of at least {_SMALLEST}. Use a larger grid.")
    if len(spacing) != 3 or not min(spacing) > 0.0:
        raise ConfigError(f"phantom spacing is {spacing} mm; expected three positive sizes. Change the spacing.")


def make_affine(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    turn: np.ndarray | None = None,
    centre: np.ndarray | None = None,
) -> np.ndarray:
    """Return the affine ``(4, 4)``, voxel index to RAS+ millimetres.

    Columns run to the left, rows to the back and slices upwards, as axial series are stored.

    Args:
        shape: ``(I, J, K)``.
        spacing: millimetres.
        turn: ``(3, 3)``, turns those directions; none by default.
        centre: ``(3,)``, where the grid's middle is; the origin by default.
    """
    affine = np.eye(4)
    affine[:3, :3] = np.diag((-spacing[0], -spacing[1], spacing[2]))
    if turn is not None:
        affine[:3, :3] = turn @ affine[:3, :3]
    middle = np.zeros(3) if centre is None else np.asarray(centre, dtype=float).reshape(3)
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1.0) / 2.0)
    return affine


def slice_places(affine: np.ndarray, shape: tuple[int, int], k: float) -> np.ndarray:
    """Return where the voxel centres of slice ``k`` are, float32 ``(3, I * J)``, the column index slowest."""
    i, j = np.arange(shape[0]), np.arange(shape[1])
    along, across = affine[:3, :1] * i, affine[:3, 1:2] * j
    origin = affine[:3, 2] * k + affine[:3, 3]
    places = along[:, :, None] + (across + origin[:, None])[:, None, :]
    return places.reshape(3, -1).astype(np.float32)


def spacing_of(affine: np.ndarray) -> np.ndarray:
    """Return the voxel's three edges, millimetres."""
    return np.linalg.norm(affine[:3, :3], axis=0)
