"""Turn a volume so that its slices lie in one plane and read as a radiologist would hang them.

After the transform an array is ``(C, rows, columns, slices)``: rows run down the picture, columns to the right. Only
axes are permuted and flipped, never a voxel resampled; the inverse restores array and affine exactly.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import nibabel as nib
import numpy as np
import torch
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform, MapTransform, Orientation
from monai.transforms.spatial.functional import orientation
from nibabel.orientations import axcodes2ornt, ornt2axcodes, ornt_transform

from acd_monai.errors import ConfigError

__all__ = ["PLANES", "SlicePlane", "SlicePlaned"]

_RADIOLOGICAL = {"axial": "PLS", "coronal": "ILP", "sagittal": "IPL"}
_PLANE_OF_NORMAL = {"S": "axial", "I": "axial", "P": "coronal", "A": "coronal", "L": "sagittal", "R": "sagittal"}

PLANES = (*_RADIOLOGICAL, "acquisition", "stored")
"""``axial``, ``coronal``, ``sagittal``: the anatomical plane nearest to it. ``acquisition``: the plane the slices were
stored in, hung as its anatomical plane. ``stored``: the slices as they are stored, for pictures and OCT."""


class SlicePlane(Orientation):
    """Reorient ``(C, I, J, K)`` to ``(C, rows, columns, slices)``.

    A volume of one slice keeps its own plane: cut any other way it would be lines.

    Args:
        plane: one of :data:`PLANES`.

    Raises:
        ConfigError: an unknown plane.
    """

    def __init__(self, plane: str) -> None:
        if plane not in PLANES:
            raise ConfigError(f"plane is {plane!r}; wanted one of {', '.join(PLANES)}")
        super().__init__(axcodes="RAS", labels=(("L", "R"), ("P", "A"), ("I", "S")))
        self.plane = plane

    def __call__(self, data_array: torch.Tensor, lazy: bool | None = None) -> torch.Tensor:
        """Return the reoriented image.

        Args:
            data_array: ``MetaTensor`` ``(C, I, J, K)`` with a RAS affine.
            lazy: not supported, accepted for MONAI.
        """
        if not isinstance(data_array, MetaTensor):
            raise ConfigError(f"SlicePlane needs a MetaTensor with an affine, got {type(data_array).__name__}")
        affine = np.asarray(data_array.affine, dtype=np.float64)
        source = nib.io_orientation(affine)
        change = ornt_transform(source, axcodes2ornt(self._target(ornt2axcodes(source), data_array)))
        return orientation(data_array, affine, change, lazy=False, transform_info=self.get_transform_info())

    def _target(self, codes: tuple[str, str, str], image: MetaTensor) -> tuple[str, ...]:
        plane = self.plane
        if image.meta.get("kind") == "frame":
            plane = "stored"
        elif image.shape[-1] == 1 and plane in _RADIOLOGICAL:
            plane = "acquisition"
        if plane == "stored":
            return codes[1], codes[0], codes[2]
        if plane == "acquisition":
            plane = _PLANE_OF_NORMAL[codes[2]]
        return tuple(_RADIOLOGICAL[plane])


class SlicePlaned(MapTransform, InvertibleTransform):
    """Dictionary form of :class:`SlicePlane`.

    Args:
        keys: of the images.
        plane: one of :data:`PLANES`.
    """

    def __init__(self, keys: KeysCollection, plane: str) -> None:
        super().__init__(keys)
        self.slice_plane = SlicePlane(plane)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return ``data`` with its images in slice orientation."""
        return {**data, **{key: self.slice_plane(data[key]) for key in self.key_iterator(dict(data))}}

    def inverse(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return ``data`` with its images as they were."""
        return {**data, **{key: self.slice_plane.inverse(data[key]) for key in self.key_iterator(dict(data))}}
