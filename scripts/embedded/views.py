"""How a batch of the picture stream is looked at in a training step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD
from embedded.distortions import distort

__all__ = ["look", "normalise"]

ZOOMS = {112: (0.3, 0.8), 168: (0.45, 1.0), 224: (0.6, 1.0)}
"""Share of a picture's side in view, for each size in pixels: a small view shows a part, and defects at one scale."""

MEDICAL_ZOOMS = (0.6, 1.0)
"""Of healthy pictures, whose anatomy is to be learnt as a whole."""


def look(
    batch: dict[str, Any], sizes: Sequence[int], generator: torch.Generator, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return a batch's pictures ``(B, 3, S, S)`` in [0, 1] and how abnormal each pixel is ``(B, 1, S, S)``.

    Args:
        batch: of a PictureStream.
        sizes: ``S`` is one of them, pixels.
        generator: of the draws, on the device.
        device: to look on.
    """
    size = sizes[int(torch.randint(len(sizes), (1,), generator=generator, device=device))]
    medical = batch["medical"].to(device)
    zooms = [torch.where(medical, *pair) for pair in zip(MEDICAL_ZOOMS, ZOOMS[size], strict=True)]
    return distort(batch["image"].to(device), batch["mask"].to(device), size, generator, zooms)


def normalise(pixels: Tensor) -> Tensor:
    """Return pixels ``(B, 3, H, W)`` in [0, 1] as CLIP reads them."""
    mean, std = (pixels.new_tensor(values).view(1, 3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    return (pixels - mean) / std
