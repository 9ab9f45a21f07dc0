"""Where Slicer's views look: along the grid's own planes, through one point, with the whole image in sight.

A tilted or oblique series is shown in the planes it was scanned in, as Slicer's "rotate to volume plane" does: the
slices on the screen are those of the scanner, not cuts across them.
"""

from __future__ import annotations

from itertools import permutations, product
from typing import NamedTuple

import numpy as np

__all__ = ["CameraPlace", "SlicePlace", "patient_frame", "place_camera", "place_slices"]

SCREEN_AXES = {
    "Red": ("Axial", ((-1, 0, 0), (0, 1, 0), (0, 0, 1))),
    "Green": ("Coronal", ((-1, 0, 0), (0, 0, 1), (0, 1, 0))),
    "Yellow": ("Sagittal", ((0, -1, 0), (0, 0, 1), (-1, 0, 0))),
}
"""Slicer's three views: name of the plane; RAS directions of the screen's right and up, and of the slice's normal."""

VIEW_PIXELS = (512, 512)
"""Size of a view in the file; Slicer fits it to the window's."""
MARGIN = 1.05
"""Field of view over the image's extent."""
SEEN_FROM = (0.45, 1.0, 0.55)
"""Right, anterior, superior: from the front, above, and the patient's right."""
CLOSENESS = 0.8
"""Distance over that at which the image fits however it is turned."""
VIEW_ANGLE_DEGREES = 30.0
"""Of Slicer's camera."""
STANDARD_TOLERANCE = 1e-6


class SlicePlace(NamedTuple):
    """One slice view.

    Attributes:
        view: ``"Red"``, ``"Green"`` or ``"Yellow"``.
        orientation: ``"Axial"``, ``"Coronal"``, ``"Sagittal"``, empty along a turned grid.
        slice_to_ras: ``(4, 4)``, millimetres on the screen to RAS+ millimetres.
        field_of_view: width and height, millimetres.
    """

    view: str
    orientation: str
    slice_to_ras: np.ndarray
    field_of_view: tuple[float, float]


class CameraPlace(NamedTuple):
    """The 3-D view's camera, RAS+ millimetres."""

    position: np.ndarray
    focal_point: np.ndarray
    view_up: np.ndarray


def patient_frame(affine: np.ndarray) -> np.ndarray:
    """Return the grid's own right, anterior and superior.

    The slices (third axis) keep their plane; where the grid is sheared, the way out of it is their normal.

    Args:
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.

    Returns:
        ``(3, 3)`` rotation, unit columns; the identity where the grid lies along the patient's axes.
    """
    first, second = affine[:3, 0] / np.linalg.norm(affine[:3, 0]), affine[:3, 1]
    second = second - first * (first @ second)
    second = second / np.linalg.norm(second)
    axes = np.stack([first, second, np.cross(first, second)], axis=1)
    swaps = (np.eye(3)[list(order)] * signs for order in permutations(range(3)) for signs in product((1, -1), repeat=3))
    turned = (axes @ swap for swap in swaps if np.linalg.det(swap) > 0)
    frame = max(turned, key=np.trace)
    return np.eye(3) if np.allclose(frame, np.eye(3), rtol=0, atol=STANDARD_TOLERANCE) else frame


def place_slices(affine: np.ndarray, shape: tuple[int, ...], point: np.ndarray) -> list[SlicePlace]:
    """Put the three slice views through a point, each centred on the image.

    Args:
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.
        shape: ``(I, J, K)``.
        point: ``(3,)``, RAS+ millimetres.

    Returns:
        Red, Green and Yellow.
    """
    frame, corners = patient_frame(affine), _corners(affine, shape)
    standard = np.array_equal(frame, np.eye(3))
    places = []
    for view, (plane, directions) in SCREEN_AXES.items():
        axes = frame @ np.array(directions, dtype=np.float64).T
        normal, centre = axes[:, 2], corners.mean(axis=0)
        slice_to_ras = np.eye(4)
        slice_to_ras[:3, :3] = axes
        slice_to_ras[:3, 3] = centre + normal * (normal @ (point - centre))
        width, height = np.ptp(corners @ axes[:, :2], axis=0)
        scale = MARGIN * max(width / VIEW_PIXELS[0], height / VIEW_PIXELS[1])
        field = (scale * VIEW_PIXELS[0], scale * VIEW_PIXELS[1])
        places.append(SlicePlace(view, plane if standard else "", slice_to_ras, field))
    return places


def place_camera(affine: np.ndarray, shape: tuple[int, ...]) -> CameraPlace:
    """Look at the whole image, obliquely, so that no slice is seen edge-on.

    Args, millimetres and axes as for :func:`place_slices`.
    """
    frame, corners = patient_frame(affine), _corners(affine, shape)
    centre = corners.mean(axis=0)
    radius = np.linalg.norm(corners - centre, axis=1).max()
    away = CLOSENESS * radius / np.sin(np.deg2rad(VIEW_ANGLE_DEGREES / 2))
    direction = frame @ (np.array(SEEN_FROM) / np.linalg.norm(SEEN_FROM))
    return CameraPlace(centre + away * direction, centre, frame[:, 2])


def _corners(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the outer corners of the grid's corner voxels, ``(8, 3)`` RAS+ millimetres."""
    index = np.array(list(product(*((-0.5, length - 0.5) for length in shape))))
    return index @ affine[:3, :3].T + affine[:3, 3]
