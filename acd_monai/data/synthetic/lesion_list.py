"""The lesions of a phantom: what may be asked for, and where they are, from the voxels they take up."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.lesion_shape import Lesion
from acd_monai.errors import ConfigError

__all__ = ["check_lesions", "list_lesions"]

MOST_LESIONS = 6


def check_lesions(seed: int, lesions: int, radius: float | None, radii: tuple[float, float]) -> None:
    """Refuse what cannot be drawn.

    Raises:
        ConfigError: a negative seed, too many lesions, or a radius outside ``radii``, millimetres.
    """
    low, high = radii
    if seed < 0 or not 0 <= lesions <= MOST_LESIONS:
        raise ConfigError(
            f"phantom has seed {seed} and {lesions} lesions; expected a seed from 0 and 0 to {MOST_LESIONS} lesions."
        )
    if radius is not None and not low <= radius <= high:
        raise ConfigError(f"lesion radius is {radius} mm; expected {low:g} to {high:g} mm. Change lesion_radius_mm.")


def list_lesions(marks: np.ndarray, affine: np.ndarray) -> tuple[Lesion, ...]:
    """List the lesions, the largest first.

    Args:
        marks: ``(I, J, K)``, number of the lesion at each voxel from 1, 0 for none.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.
    """
    voxel = abs(float(np.linalg.det(affine[:3, :3])))
    found = []
    for number in np.unique(marks[marks > 0]):
        index = np.argwhere(marks == number)
        x, y, z = affine[:3, :3] @ index.mean(axis=0) + affine[:3, 3]
        radius = (len(index) * voxel * 3 / (4 * np.pi)) ** (1 / 3)
        found.append(Lesion((float(x), float(y), float(z)), float(radius)))
    return tuple(sorted(found, key=lambda lesion: -lesion.radius_mm))
