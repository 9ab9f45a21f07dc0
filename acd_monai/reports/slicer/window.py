"""Which grey values were told apart when a case was scored: what Slicer calls window and level."""

from __future__ import annotations

import numpy as np
from nibabel.orientations import apply_orientation, inv_ornt_aff

from acd_monai.errors import GeometryError

__all__ = ["display_window"]

MOST_FITTED_ALONG_AXIS = 128
PLACE_TOLERANCE_MM = 1e-3


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
    turn = _turn(affine, shown_affine)
    turned = apply_orientation(image, turn)
    place = affine @ inv_ornt_aff(turn, image.shape)
    if turned.shape != shown.shape or not np.allclose(place, shown_affine, rtol=0, atol=PLACE_TOLERANCE_MM):
        raise GeometryError(
            f"image {image.shape} on {affine.tolist()} and picture {shown.shape} on {shown_affine.tolist()} differ by "
            "more than swapped and flipped axes. Pass the picture of this very image."
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
    """Return the nibabel orientation transform from one grid's axes to another's that lie along them."""
    change = np.linalg.solve(to[:3, :3], affine[:3, :3])
    axes = np.abs(change).argmax(axis=0)
    return np.stack([axes, np.sign(change[axes, range(3)])], axis=1)
