"""How a batch of the picture stream is looked at in a training step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD
from embedded.distortions import distort

__all__ = ["View", "look", "move_away", "normalise"]

ZOOMS = {56: (0.3, 0.67), 112: (0.6, 1.0)}
"""Share of a picture's side in view, for each size in pixels. A small view shows a part, so that things are as many
pixels wide in all of them: of a healthy phantom that was learnt at half its width, a model knows nothing at whole."""


class View(NamedTuple):
    """What a training step sees of a batch.

    Attributes:
        pixels: ``(B, 3, S, S)`` in [0, 1].
        share: ``(B, 1, S, S)``, how abnormal each pixel is.
        medical: bool ``(B,)``, which pictures are healthy phantoms.
        normal, abnormal: the sentences that each is compared with.
    """

    pixels: Tensor
    share: Tensor
    medical: Tensor
    normal: list[str]
    abnormal: list[str]


def look(
    batch: dict[str, Any],
    sizes: Sequence[int],
    generator: torch.Generator,
    device: torch.device,
    most_pixels: float = math.inf,
) -> View:
    """Look at a batch at a size in pixels that is drawn from ``sizes``.

    Args:
        batch: of a PictureStream.
        sizes: of the pictures, each one of :data:`ZOOMS`.
        generator: of the draws, on the device.
        device: to look on.
        most_pixels: of all pictures together; where there are more, only some pictures are looked at.
    """
    size = sizes[int(torch.randint(len(sizes), (1,), generator=generator, device=device))]
    chosen = torch.arange(len(batch["image"]))
    if len(chosen) * size**2 > most_pixels:
        order = torch.randperm(len(chosen), generator=generator, device=device)
        chosen = order[: max(1, int(most_pixels // size**2))].cpu()
    images, masks, medical = (batch[key][chosen].to(device) for key in ("image", "mask", "medical"))
    pixels, share = distort(images, masks, size, generator, ZOOMS[size])
    normal, abnormal = ([batch[key][index] for index in chosen] for key in ("normal", "abnormal"))
    return View(pixels, share, medical, normal, abnormal)


def move_away(view: View, chance: float, generator: torch.Generator) -> View:
    """Show some healthy phantoms small, dim or both, as the first and the last slices of a volume show a body.

    Args:
        view: as looked at.
        chance: that a healthy phantom is moved away.
        generator: of the draws, on the view's device.
    """
    pixels, count = view.pixels, len(view.pixels)

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator, device=pixels.device)

    moved = view.medical.view(-1, 1, 1, 1) & (draw(0.0, 1.0) < chance)
    background = pixels[:, :, :2, :2].mean(dim=(2, 3), keepdim=True)
    scale = torch.where(draw(0.0, 1.0) < 0.6, torch.exp(draw(0.3, 2.5)), 1.0).view(-1, 1, 1)
    room = (scale - 1.0) * draw(-1.0, 1.0).view(-1, 1, 1)
    aside = (scale - 1.0) * draw(-1.0, 1.0).view(-1, 1, 1)
    nothing = torch.zeros_like(scale)
    places = torch.cat([torch.cat([scale, nothing, room], dim=2), torch.cat([nothing, scale, aside], dim=2)], dim=1)
    grid = F.affine_grid(places, list(pixels.shape), align_corners=False)
    far = F.grid_sample(pixels - background, grid, padding_mode="zeros", align_corners=False)
    far = far * torch.where(draw(0.0, 1.0) < 0.5, torch.exp(draw(-4.0, 0.0)), 1.0) + background
    noise = torch.randn(count, 1, *pixels.shape[2:], generator=generator, device=pixels.device)
    far = (far + noise * draw(0.0, 0.04)).clamp(0.0, 1.0)
    return view._replace(pixels=torch.where(moved, far, pixels))


def normalise(pixels: Tensor) -> Tensor:
    """Return pixels ``(B, 3, H, W)`` in [0, 1] as CLIP reads them."""
    mean, std = (pixels.new_tensor(values).view(1, 3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    return (pixels - mean) / std
