"""What happens to a picture before the small CLIP sees it: another view, other grey values, another camera."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

__all__ = ["distort"]


def distort(
    images: Tensor, masks: Tensor, size: int, generator: torch.Generator, zooms: Sequence[Tensor | float] = (0.4, 1.0)
) -> tuple[Tensor, Tensor]:
    """Return pictures ``(B, 3, size, size)`` in [0, 1] and how much of each pixel is abnormal ``(B, 1, size, size)``.

    Each picture is drawn for by itself: turned, mirrored, zoomed into, stretched; grey half of the time; inverted; cut
    out in a round shape, with rims, before an empty background; with another gamma, gain and offset; unevenly lit,
    blurred, noisy, speckled. What is abnormal in a picture stays in view, but for what the shape cuts off.

    Args:
        images: uint8 ``(B, 3, H, W)``.
        masks: bool ``(B, H, W)``.
        size: height and width wanted, pixels.
        generator: of the draws, on the pictures' device.
        zooms: smallest and largest share of a picture's side in view, of all pictures or each ``(B,)``.
    """
    draw = _Draws(len(images), generator, images.device)
    pixels, share = images.float() / 255.0, masks.float()[:, None]
    grid = F.affine_grid(_views(draw, _centres(share[:, 0]), *zooms), [len(images), 3, size, size], align_corners=False)
    pixels = F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)
    share = F.grid_sample(share, grid, padding_mode="reflection", align_corners=False)

    weights = draw.uniform(0.05, 1.0, 3)
    grey = (pixels * (weights / weights.sum(dim=1, keepdim=True))[..., None, None]).sum(dim=1, keepdim=True)
    pixels = torch.where(draw.chance(0.5), grey.expand_as(pixels), pixels)
    pixels = torch.where(draw.chance(0.3), 1.0 - pixels, pixels)
    pixels, share = _cut_out(draw, pixels, share)
    pixels = pixels.clamp(1e-4, 1.0) ** torch.exp(draw.map(-0.6, 0.6))
    light = F.interpolate(draw.normal(1, 4, 4), size=(size, size), mode="bicubic", align_corners=False)
    pixels = pixels * torch.exp(0.25 * light * draw.chance(0.4))
    pixels = (pixels - 0.5) * draw.map(0.6, 1.4) + 0.5 + draw.map(-0.15, 0.15)
    soft = F.avg_pool2d(F.pad(pixels, (1, 1, 1, 1), mode="replicate"), 3, 1)
    pixels = torch.where(draw.chance(0.3), soft, pixels)
    noise = draw.normal(1, size, size)
    pixels = pixels * (1.0 + noise * draw.map(0.0, 0.25) * draw.chance(0.12))
    pixels = pixels + noise * draw.map(0.0, 0.05) * draw.chance(0.4)
    return pixels.clamp(0.0, 1.0), share


def _cut_out(draw: _Draws, pixels: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Cut two of ten pictures ``(B, 3, S, S)`` out, as scanners show a body: rims around it, nothing outside."""
    line = torch.linspace(-1.0, 1.0, pixels.shape[-1], device=pixels.device)
    y, x = line[:, None] - draw.map(-0.25, 0.25), line - draw.map(-0.25, 0.25)
    radius, turn = torch.hypot(x, y), torch.atan2(y, x)
    edge = draw.map(0.5, 1.0) * torch.ones_like(radius)
    for waves in (2, 3, 4, 6):
        edge = edge + draw.map(-0.3, 0.3) / waves * torch.cos(waves * turn + draw.map(0.0, 2.0 * math.pi))
    cut = draw.chance(0.2)
    background = draw.uniform(0.0, 1.0, 3, 1, 1) * draw.chance(0.3)
    beyond = _step(radius - edge) * cut
    pixels, share = torch.lerp(pixels, background.expand_as(pixels), beyond), share * (1.0 - beyond)
    for _ in range(2):
        rim, inner = draw.chance(0.5) & cut, edge - draw.map(0.02, 0.12)
        ring = _step(radius - inner) * _step(edge - radius) * rim
        pixels, share = torch.lerp(pixels, draw.map(0.0, 1.0).expand_as(pixels), ring), share * (1.0 - ring)
        edge = torch.where(rim, inner, edge)
    return pixels, share


def _step(distance: Tensor) -> Tensor:
    """Return 0 for distances ``(B, 1, S, S)`` below 0, and 1 from a pixel or two on."""
    return (distance * distance.shape[-1] / 3.0).clamp(0.0, 1.0)


class _Draws:
    """Random numbers, one for each picture."""

    def __init__(self, count: int, generator: torch.Generator, device: torch.device) -> None:
        self._count, self._generator, self._device = count, generator, device

    def uniform(self, low: Tensor | float, high: Tensor | float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(self._count, *shape, generator=self._generator, device=self._device)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self._count, *shape, generator=self._generator, device=self._device)

    def map(self, low: float, high: float) -> Tensor:
        return self.uniform(low, high, 1, 1, 1)

    def chance(self, probability: float) -> Tensor:
        return self.map(0.0, 1.0) < probability


def _centres(share: Tensor) -> Tensor:
    """Return the centres of the abnormal parts of ``(B, H, W)``, ``(B, 2)`` in [-1, 1], x first; NaN without one."""
    lines = [torch.linspace(-1.0, 1.0, size, device=share.device) for size in share.shape[1:]]
    total = share.sum(dim=(1, 2))
    return torch.stack([share.sum(dim=1) @ lines[1], share.sum(dim=2) @ lines[0]], dim=1) / total[:, None]


def _views(draw: _Draws, centres: Tensor, low: Tensor | float, high: Tensor | float) -> Tensor:
    """Return ``(B, 2, 3)``: half of the pictures turned by any angle, all mirrored at random, zoomed into.

    A view lies anywhere in its picture, or so that the given centre is anywhere in it but at its border: were defects
    in the middle of views, the middle of a picture would be suspicious.
    """
    angle = draw.uniform(-math.pi, math.pi) * (draw.uniform(0.0, 1.0) < 0.5)
    zoom, stretch = draw.uniform(low, high), torch.exp(draw.uniform(-0.25, 0.25))
    mirror = torch.where(draw.uniform(0.0, 1.0) < 0.5, 1.0, -1.0)
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    rows = [
        torch.stack([cosine * stretch * mirror, -sine], dim=1),
        torch.stack([sine * mirror, cosine / stretch], dim=1),
    ]
    room = (1.0 - zoom)[:, None]
    anywhere = draw.uniform(-1.0, 1.0, 2)
    near = (centres + 0.85 * anywhere * zoom[:, None]).clamp(-room, room)
    shift = torch.where(centres.isnan(), anywhere * room, near)
    return torch.cat([torch.stack(rows, dim=1), shift[..., None]], dim=2)
