"""Image scores that are known only when all test images of a class are."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["stretched_sum"]


def stretched_sum(*parts: Tensor) -> Tensor:
    """Return the sum of parts ``(N,)``, each stretched to [0, 1] over the N images.

    A part that is the same for all images adds nothing.
    """
    return torch.stack([_stretch(part) for part in parts]).sum(dim=0)


def _stretch(scores: Tensor) -> Tensor:
    lowest, highest = scores.aminmax()
    return torch.zeros_like(scores) if highest == lowest else (scores - lowest) / (highest - lowest)
