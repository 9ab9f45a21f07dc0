"""Square windows of patches, stride 1, row-major, as WinCLIP looks at an image through them."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone

__all__ = ["SIDES", "encode_windows", "harmonic_over_windows", "mean_over_windows", "patches_of_windows"]

SIDES = (2, 3)
"""Of WinCLIP's windows, in patches."""

WINDOWS_AT_ONCE = 4096
"""Windows run as one batch: at ViT-L's width 0.7 GB for the widest layer, whatever the size of the image."""


def encode_windows(backbone: ClipBackbone, image: Tensor, side: int) -> Tensor:
    """Return CLIP's embeddings of all windows of images ``(B, 3, H, W)``, ``(B, windows, D)``, not normalised.

    A window is a short sequence: the class token and its own patches, each with its position in the whole image.
    ln_pre works token by token, so they are taken from ``h_0``.
    """
    tokens = backbone.embed_image(image)
    inside = F.pad(patches_of_windows(backbone.grid_of(*image.shape[-2:]), side) + 1, (1, 0))
    sequences = rearrange(tokens[:, inside.to(tokens.device)], "b n l c -> (b n) l c")
    ends = [backbone.run_image_tokens(some).tokens[:, 0] for some in sequences.split(WINDOWS_AT_ONCE)]
    return rearrange(backbone.project_image(torch.cat(ends)), "(b n) d -> b n d", b=len(tokens))


def patches_of_windows(grid: tuple[int, int], side: int) -> Tensor:
    """Return which patches each window of ``side`` × ``side`` holds, ``(windows, side²)``, numbered row-major.

    Raises:
        ConfigError: the grid is smaller than a window.
    """
    if min(grid) < side:
        raise ConfigError(f"a grid of {grid[0]}×{grid[1]} patches has no window of {side}×{side}; use a larger image")
    patches = torch.arange(grid[0] * grid[1]).view(grid)
    return rearrange(patches.unfold(0, side, 1).unfold(1, side, 1), "h w a b -> (h w) (a b)")


def mean_over_windows(values: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    """Return of every patch the mean value of the windows that cover it: ``(B, windows)`` → ``(B, h, w)``.

    It is summed without a product, so that an infinite value stays in its own windows.
    """
    sums, counts = (
        F.fold(some[:, None].expand(-1, side**2, -1), grid, side) for some in (values, torch.ones_like(values[:1]))
    )
    return (sums / counts)[:, 0]


def harmonic_over_windows(values: Tensor, grid: tuple[int, int], side: int) -> Tensor:
    """Return the harmonic mean instead; positive values, and where one is 0 so is the mean."""
    return 1 / mean_over_windows(1 / values, grid, side)
