"""Which grey values were told apart when a case was scored: what Slicer calls window and level."""

from __future__ import annotations

import numpy as np
from nibabel.orientations import apply_orientation

from acd_monai.errors import GeometryError

__all__ = ["display_window"]

MOST_FITTED_ALONG_AXIS = 128


def display_window(
    image: np.ndarray, affine: np.ndarray, shown: np.ndarray, shown_affine: np.ndarray
) -> tuple[float, float]:
    """Return the values of an image that became black and white, found by comparing it with what was scored.

    So the scene has the domain's own window, in the scanner's unit, however the domain sets it.

    Args:
        image: ``(I, J, K)`` in the source's unit.
        affine: ``(4, 4)``, its voxel index to RAS+ millimetres.
        shown: the same voxels with axes swapped and flipped, in [0, 1]: a rising linear function of the image, clipped
            at both ends.
        shown_affine: ``(4, 4)``, the same for ``shown``.

    Returns:
        Low and high; the image's own range where everything is black or white.

    Raises:
        GeometryError: the two are not the same voxels.
    """
    turned = apply_orientation(image, _turn(affine, shown_affine))
    if turned.shape != shown.shape:
        raise GeometryError(
            f"the image turned to what was scored has shape {turned.shape}, that has {shown.shape}; expected the same "
            "voxels. Pass the picture of this very image."
        )
    thinned = tuple(slice(None, None, -(-length // MOST_FITTED_ALONG_AXIS)) for length in shown.shape)
    values, scaled = turned[thinned].astype(np.float64), shown[thinned].astype(np.float64)
    between = (scaled > 0) & (scaled < 1)
    if between.any() and np.ptp(values[between]) > 0:
        slope, offset = np.polyfit(values[between], scaled[between], 1)
        if slope > 0:
            return float(-offset / slope), float((1 - offset) / slope)
    low, high = float(image.min()), float(image.max())
    return (low, high) if low < high else (low - 0.5, low + 0.5)


def _turn(affine: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Return the nibabel orientation transform between two grids of the same voxels."""
    change = np.rint(np.linalg.solve(to[:3, :3], affine[:3, :3]))
    if not np.allclose(np.abs(np.linalg.det(change)), 1) or not np.allclose(
        to[:3, :3] @ change, affine[:3, :3], atol=1e-4
    ):
        raise GeometryError(
            f"grids {affine.tolist()} and {to.tolist()} differ by more than swapped and flipped axes. "
            "Pass the picture of this very image."
        )
    axes = np.abs(change).argmax(axis=0)
    return np.stack([axes, change[axes, range(3)]], axis=1)
