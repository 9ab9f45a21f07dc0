"""What is abnormal in an image, from its mask file, on the image's own grid."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.config import KeysCollection
from monai.data import MetaTensor
from monai.transforms import MapTransform

from acd_monai.data import read_frame_labels, read_volume
from acd_monai.data.formats import format_by_name
from acd_monai.errors import GeometryError, InputError

__all__ = ["LoadMaskd", "read_mask"]

_GRID_TOLERANCE_MM = 1e-3


def read_mask(path: str, image: MetaTensor, labels: Sequence[int] | None = None) -> MetaTensor:
    """Read the mask of an image.

    Args:
        path: of a picture for a picture, of a volume for a volume.
        image: ``(C, I, J, K)`` with its affine, as ``LoadImaged`` gives it.
        labels: mask values that are abnormal. None: of a picture with values in the upper half of what its pixels can
            hold, those (so that the blurred edges of JPEG masks stay outside); of any other mask, what is above 0.

    Returns:
        ``(1, I, J, K)`` of 0 and 1, with the image's metadata.

    Raises:
        GeometryError: the mask does not lie on the image's grid.
        InputError: the file cannot be read.
    """
    is_picture = format_by_name(Path(path)) == "frame"
    volume = None if is_picture else read_volume(path)
    array, wanted = read_frame_labels(path) if volume is None else volume.array, tuple(image.shape[1:])
    if array.shape[1:] != wanted:
        raise GeometryError(
            f"{path}: the mask is {_by(array.shape[1:])}, its image {_by(wanted)}; "
            "wanted a mask on the image's own grid"
        )
    if volume is not None and volume.kind != "frame":
        corners = np.stack(np.meshgrid(*[(0, length - 1) for length in wanted], [1.0], indexing="ij")).reshape(4, -1)
        away = np.abs((volume.affine - image.affine.numpy()) @ corners).max()
        if away > _GRID_TOLERANCE_MM:
            raise GeometryError(
                f"{path}: the mask lies up to {away:.3g} mm off its image; wanted the same affine. Resample the mask "
                f"to the image's grid."
            )
    values = array.max(axis=0, keepdims=True)
    if labels is not None:
        abnormal = np.isin(values, labels)
    else:
        half = np.iinfo(values.dtype).max // 2 if is_picture else np.inf
        abnormal = values > (half if values.max(initial=0) > half else 0)
    mask = MetaTensor(torch.from_numpy(abnormal.astype(np.float32))).copy_meta_from(image)
    mask.applied_operations = list(image.applied_operations)
    return mask


class LoadMaskd(MapTransform):
    """Dictionary form of :func:`read_mask`; to be applied right after the image is loaded.

    A key whose value is None becomes a mask of zeros: a normal image needs no file.

    Args:
        keys: of the masks' paths.
        image_key: of the loaded image.
        labels: see :func:`read_mask`.
    """

    def __init__(self, keys: KeysCollection, image_key: str = "image", labels: Sequence[int] | None = None) -> None:
        super().__init__(keys)
        self.image_key = image_key
        self.labels = None if labels is None else tuple(labels)

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return ``data`` with its masks loaded."""
        result = dict(data)
        image = result[self.image_key]
        if not isinstance(image, MetaTensor):
            raise InputError(f"{self.image_key} is a {type(image).__name__}; LoadMaskd wants the image loaded before")
        for key in self.key_iterator(result):
            path = result[key]
            result[key] = torch.zeros_like(image[:1]) if path is None else read_mask(str(path), image, self.labels)
        return result


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
