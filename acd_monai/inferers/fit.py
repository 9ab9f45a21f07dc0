"""How a slice of any shape is brought to the square a network sees, and its map back.

Two ways: ``squash`` stretches the slice to the square, as the published methods do; ``pad`` keeps its proportions in
millimetres and fills up with black, so that a head stays round when pixels or matrix are not square.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F  # noqa: N812
from monai.data import MetaTensor
from torch import Tensor

from acd_monai.errors import ConfigError

__all__ = ["FITS", "Fit", "plan_fit", "plan_volume_fit"]

FITS = ("squash", "pad")


class Fit(NamedTuple):
    """Where in the network's square a slice lies.

    Attributes:
        source: rows and columns of the slice.
        content: rows and columns it takes in the square.
        before: black rows above and columns to the left of it.
        size: side of the square.
    """

    source: tuple[int, int]
    content: tuple[int, int]
    before: tuple[int, int]
    size: int

    def apply(self, slices: Tensor) -> Tensor:
        """``(N, C, rows, columns)`` in [0, 1] → ``(N, C, size, size)``; bicubic with antialiasing, as PIL resizes."""
        if self.content != self.source:
            slices = F.interpolate(slices, self.content, mode="bicubic", antialias=True).clamp(0, 1)
        (top, left), (height, width) = self.before, self.content
        return F.pad(slices, (left, self.size - width - left, top, self.size - height - top))

    def invert(self, maps: Tensor) -> Tensor:
        """``(N, 1, size, size)`` → ``(N, 1, rows, columns)``; bilinear, so values stay in range."""
        (top, left), (height, width) = self.before, self.content
        maps = maps[..., top : top + height, left : left + width]
        if self.content == self.source:
            return maps
        return F.interpolate(maps, self.source, mode="bilinear", antialias=True).clamp(0, 1)


def plan_fit(fit: str, source: tuple[int, int], pixel_size: tuple[float, float], size: int) -> Fit:
    """Place a slice in the square.

    Args:
        fit: one of :data:`FITS`.
        source: rows and columns.
        pixel_size: height and width of a pixel, any unit.
        size: side of the square in pixels.

    Raises:
        ConfigError: unknown ``fit``.
    """
    if fit not in FITS:
        raise ConfigError(f"fit is {fit!r}; wanted one of {', '.join(FITS)}")
    if fit == "squash":
        return Fit(source, (size, size), (0, 0), size)
    extent = [count * length for count, length in zip(source, pixel_size, strict=True)]
    height, width = (max(1, round(size * length / max(extent))) for length in extent)
    return Fit(source, (height, width), ((size - height) // 2, (size - width) // 2), size)


def plan_volume_fit(fit: str, volume: Tensor, size: int) -> Fit:
    """Place the slices of a volume ``(C, rows, columns, slices)``; a ``MetaTensor`` brings its pixel size.

    Raises:
        ConfigError: unknown ``fit``.
    """
    height, width = (1.0, 1.0)
    if isinstance(volume, MetaTensor):
        height, width = (float(length) for length in volume.affine[:3, :2].norm(dim=0))
    return plan_fit(fit, (volume.shape[1], volume.shape[2]), (height, width), size)
