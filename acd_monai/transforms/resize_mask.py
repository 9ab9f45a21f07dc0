"""How the methods' authors bring masks to the network's square, to train on and to be measured with."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.errors import ConfigError

__all__ = ["MASK_RESIZES", "check_mask_resize", "resize_mask"]

MASK_RESIZES = ("nearest", "bilinear")
"""ACD-CLIP's, and the others', who draw the line at one half."""


def check_mask_resize(how: str) -> None:
    """Raise ConfigError unless ``how`` is one of :data:`MASK_RESIZES`."""
    if how not in MASK_RESIZES:
        raise ConfigError(f"mask_resize is {how!r}; wanted one of {', '.join(MASK_RESIZES)}")


def resize_mask(masks: Tensor, shape: Sequence[int], how: str) -> Tensor:
    """Return bool masks ``(N, 1, *shape)`` of masks ``(N, 1, rows, columns)`` of 0 and 1."""
    settings = {"mode": "nearest-exact"} if how == "nearest" else {"mode": "bilinear", "antialias": True}
    return F.interpolate(masks.float(), tuple(shape), **settings) > 0.5
