"""Turn a volume so that its slices lie in one plane and read as a radiologist would hang them.

After the transform an array is ``(C, rows, columns, slices)``: rows run down the picture, columns to the right. Only
axes are permuted and flipped, never a voxel resampled; the inverse restores array and affine exactly.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, cast

import nibabel as nib
import numpy as np
import torch
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import InvertibleTransform, MapTransform, Orientation
from monai.transforms.spatial.functional import orientation
from monai.utils import TraceKeys
from nibabel.orientations import axcodes2ornt, ornt2axcodes, ornt_transform

from acd_monai.errors import ConfigError

__all__ = ["PLANES", "PLANE_OF_NORMAL", "RADIOLOGICAL", "SlicePlane", "SlicePlaned"]

RADIOLOGICAL = {"axial": "PLS", "coronal": "ILP", "sagittal": "IPL"}
"""Where rows, columns and slices run to, by plane."""

PLANE_OF_NORMAL = {"S": "axial", "I": "axial", "P": "coronal", "A": "coronal", "L": "sagittal", "R": "sagittal"}

PLANES = (*RADIOLOGICAL, "acquisition", "stored")
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
        change = self._change(affine, tuple(data_array.shape[1:]), data_array.meta.get("kind"))
        return orientation(data_array, affine, change, lazy=False, transform_info=self.get_transform_info())

    def inverse(self, data: torch.Tensor) -> torch.Tensor:
        """Undo the change itself: MONAI derives the way back from the turned affine, and an oblique one misleads it."""
        image = cast("MetaTensor", data)
        record = self.pop_transform(image)
        source = np.asarray(record[TraceKeys.EXTRA_INFO]["original_affine"], dtype=np.float64)
        change = self._change(source, tuple(record[TraceKeys.ORIG_SIZE]), image.meta.get("kind"))
        back = np.empty_like(change)
        for axis, (to, flip) in enumerate(change):
            back[int(to)] = axis, flip
        with self.trace_transform(False):
            info = self.get_transform_info()
            restored = orientation(image, np.asarray(image.affine), back, lazy=False, transform_info=info)
        cast("MetaTensor", restored).affine = torch.from_numpy(source)
        return restored

    def _change(self, affine: np.ndarray, shape: tuple[int, ...], kind: str | None) -> np.ndarray:
        """Return the nibabel orientation transform from the source's axes to slice orientation."""
        source = nib.io_orientation(affine)
        codes = ornt2axcodes(source)
        return ornt_transform(source, axcodes2ornt(self._target(codes, shape, kind)))

    def _target(self, codes: tuple[str, str, str], shape: tuple[int, ...], kind: str | None) -> tuple[str, ...]:
        plane, normal = self.plane, codes[2]
        thin = [axis for axis, length in enumerate(shape) if length == 1]
        if len(thin) == 1 and plane != "stored":
            plane, normal = "acquisition", codes[thin[0]]
        if plane == "stored" or kind == "frame":
            return codes[1], codes[0], codes[2]
        if plane == "acquisition":
            plane = PLANE_OF_NORMAL[normal]
        return tuple(RADIOLOGICAL[plane])


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
