"""The embedded CLIP's patch embedding: a small U-shaped convolutional network instead of one linear map.

A transformer alone needs far more pictures to learn to compare a place with the rest of its picture than a generator on
two cores can make. Convolutions need fewer ("Early Convolutions Help Transformers See Better", Xiao et al., 2021), and
instance normalisation tells each place how unusual it is among all places of its own picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from acd_monai.errors import ConfigError

__all__ = ["PyramidStem"]


class PyramidStem(nn.Module):
    """Stands where a ViT of open_clip has ``conv1``: images ``(B, 3, H, W)`` → patch tokens ``(B, C, H/P, W/P)``.

    Four levels, each at half the resolution of the one before, and back up to a quarter of the picture's (Ronneberger
    et al., 2015); cells of a patch's size are averaged.

    Args:
        widths: channels of the four levels.
        out_channels: width of a token, ``C``.
        patch_size: ``P``, pixels.
    """

    def __init__(self, widths: Sequence[int], out_channels: int, patch_size: int) -> None:
        super().__init__()
        first, second, third, fourth = widths
        self.out_channels, self.patch_size = out_channels, patch_size
        self.down = nn.ModuleList(
            [
                nn.Sequential(_Convolution(3, first, 5, 2), _Convolution(first, first, 3, 1)),
                nn.Sequential(_Convolution(first, second, 3, 2), _Convolution(second, second, 3, 1)),
                nn.Sequential(_Convolution(second, third, 3, 2), *(_Comparison(third, 5) for _ in range(2))),
                nn.Sequential(_Convolution(third, fourth, 3, 2), *(_Comparison(fourth, 7) for _ in range(3))),
            ]
        )
        self.up = nn.ModuleList(
            [
                nn.Sequential(nn.Conv2d(fourth + third, third, 1), *(_Comparison(third, 7) for _ in range(2))),
                nn.Sequential(nn.Conv2d(third + second, second, 1), *(_Comparison(second, 5) for _ in range(2))),
            ]
        )
        self.tokens = nn.Conv2d(second + third, out_channels, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """Return patch tokens ``(B, C, H/P, W/P)``.

        Raises:
            ConfigError: an image of 16 pixels or less has one place at the last level, nothing to compare it with.
        """
        if max(pixels.shape[-2:]) <= 2 ** len(self.down):
            height, width = pixels.shape[-2:]
            wanted = 2 * self.patch_size
            raise ConfigError(f"an image of {height}×{width} pixels is too small; wanted {wanted}×{wanted} or more")
        grid = pixels.shape[-2] // self.patch_size, pixels.shape[-1] // self.patch_size
        levels = [pixels.contiguous(memory_format=torch.channels_last)]
        for down in self.down:
            levels.append(down(levels[-1]))
        coarse = self.up[0](_beside(levels[4], levels[3]))
        fine = self.up[1](_beside(coarse, levels[2]))
        cells: Tensor = self.tokens(torch.cat([F.adaptive_avg_pool2d(level, grid) for level in (fine, coarse)], dim=1))
        return cells


class _Convolution(nn.Sequential):
    def __init__(self, into: int, out: int, kernel: int, stride: int) -> None:
        super().__init__(nn.Conv2d(into, out, kernel, stride, kernel // 2), nn.GroupNorm(1, out), nn.GELU())


class _Comparison(nn.Module):
    """A residual block: what is near a place, and how far that is from what the whole picture has there."""

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.near = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.InstanceNorm2d(width, affine=True)
        self.mlp = nn.Sequential(nn.Conv2d(width, 2 * width, 1), nn.GELU(), nn.Conv2d(2 * width, width, 1))

    def forward(self, values: Tensor) -> Tensor:
        changed: Tensor = values + self.mlp(self.norm(self.near(values)))
        return changed


def _beside(coarse: Tensor, fine: Tensor) -> Tensor:
    """Enlarge ``coarse`` to the size of ``fine`` and put both side by side."""
    return torch.cat([F.interpolate(coarse, fine.shape[-2:], mode="bilinear", align_corners=False), fine], dim=1)
