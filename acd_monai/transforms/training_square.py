"""A picture and its mask as bytes at the network's size, the form in which training keeps them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from monai.transforms import Transform
from torch import Tensor

from acd_monai.errors import InputError
from acd_monai.transforms.resize_mask import check_mask_resize, resize_mask

__all__ = ["TrainingSquared"]


class TrainingSquared(Transform):
    """Stretch a picture and its mask to a square, as the published methods do, and round them to bytes.

    The image is resized bicubically with antialiasing, as PIL and inference do.

    Args:
        size: side of the square in pixels.
        image_key, mask_key: of ``(C, rows, columns, 1)`` in [0, 1], C 1 or 3, and ``(1, rows, columns, 1)`` of 0 and 1.
        mask_resize: how masks are resized: ``"nearest"`` (ACD-CLIP), or ``"bilinear"``, then above one half.

    Raises:
        ConfigError: another ``mask_resize``.
    """

    def __init__(
        self, size: int, image_key: str = "image", mask_key: str = "mask", mask_resize: str = "nearest"
    ) -> None:
        check_mask_resize(mask_resize)
        self.size = size
        self.mask_resize = mask_resize
        self.image_key, self.mask_key = image_key, mask_key

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Return ``data`` with uint8 ``(3, size, size)`` and ``(1, size, size)`` of 0 and 1.

        Raises:
            InputError: a volume of several slices.
        """
        shape = (self.size, self.size)
        image = F.interpolate(_picture(data[self.image_key]), shape, mode="bicubic", antialias=True).clamp(0, 1)
        mask = resize_mask(_picture(data[self.mask_key]), shape, self.mask_resize)
        return {
            **data,
            self.image_key: (image[0] * 255).round().to(torch.uint8).expand(3, -1, -1),
            self.mask_key: mask[0].to(torch.uint8),
        }


def _picture(volume: Tensor) -> Tensor:
    """``(C, rows, columns, 1)`` → ``(1, C, rows, columns)``."""
    if volume.shape[-1] != 1:
        raise InputError(
            f"a volume of {volume.shape[-1]} slices; training reads pictures. Save its slices as pictures."
        )
    return torch.as_tensor(volume)[None, ..., 0].float()
