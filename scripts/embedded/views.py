"""How a batch of the picture stream is looked at in a training step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD
from embedded.distortions import distort

__all__ = ["View", "look", "normalise"]

ZOOMS = {112: (0.3, 0.67), 168: (0.45, 1.0), 224: (0.6, 1.0)}
"""Share of a picture's side in view, for each size in pixels. A small view shows a part, so that things are as many
pixels wide in all of them: of a healthy phantom that was learnt at half its width, a model knows nothing at whole."""

SMALLEST = 112
"""Size at which all pictures of a batch are looked at; of larger ones fewer, for a step to take no longer."""


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


def look(batch: dict[str, Any], sizes: Sequence[int], generator: torch.Generator, device: torch.device) -> View:
    """Look at a batch, or at some of its pictures, at a size in pixels that is drawn from ``sizes``.

    Args:
        batch: of a PictureStream.
        sizes: of the pictures, each one of :data:`ZOOMS`.
        generator: of the draws, on the device.
        device: to look on.
    """
    size = sizes[int(torch.randint(len(sizes), (1,), generator=generator, device=device))]
    count = len(batch["image"]) * SMALLEST**2 // size**2
    chosen = torch.randperm(len(batch["image"]), generator=generator, device=device)[:count].sort().values.cpu()
    images, masks = (batch[key][chosen].to(device) for key in ("image", "mask"))
    pixels, share = distort(images, masks, size, generator, ZOOMS[size])
    normal, abnormal = ([batch[key][index] for index in chosen] for key in ("normal", "abnormal"))
    return View(pixels, share, batch["medical"][chosen].to(device), normal, abnormal)


def normalise(pixels: Tensor) -> Tensor:
    """Return pixels ``(B, 3, H, W)`` in [0, 1] as CLIP reads them."""
    mean, std = (pixels.new_tensor(values).view(1, 3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    return (pixels - mean) / std
