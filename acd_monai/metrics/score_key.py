"""Scores in [0, 1] as whole numbers in the same order: the bins that all streaming metrics share.

A bin holds eight neighbouring float32 values: 2^20 bins for every halving of the score down to 2^-16, so that a
crowd of scores is told apart wherever on the scale it stands, and 2^20 equal bins below that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics.scores_and_labels import as_plain_tensor

__all__ = ["BINS", "LINEAR_BINS", "SUB_BINS", "bin_score", "check_unit_range", "fine_key", "in_blocks"]

SUB_BINS = 8
LINEAR_BINS = 2**20
"""Bins below :data:`_LINEAR_END`; there a sub-bin is no single value, and tells only zero (0) from the rest (1)."""
_LINEAR_END = 2.0**-16
_BITS_BEFORE = 110 * 2**23  # float32 bits of 2^-17, so that those of 2^-16 get the first key after the linear bins
BINS = 17 * 2**20 + 1
"""Number of bins: the linear ones, 16 halvings, and one for 1.0 alone."""
_BLOCK = 2**22


def check_unit_range(scores: Tensor) -> None:
    """Check scores of any shape.

    Raises:
        AcdMonaiError: A score is NaN or outside [0, 1].
    """
    if scores.numel():
        lowest, highest = (float(end) for end in torch.aminmax(scores))
        if not (lowest >= 0 and highest <= 1):  # so written because nothing compares with NaN
            bad = scores[~((scores >= 0) & (scores <= 1))]
            raise AcdMonaiError(
                f"{bad.numel()} of {scores.numel()} scores are NaN or outside [0, 1], the first is {float(bad[0])}; "
                "expected anomaly scores in [0, 1]. Scale the maps first."
            )


def fine_key(scores: Tensor) -> Tensor:
    """Return the bin of each float32 score in [0, 1], times :data:`SUB_BINS`, plus its place in the bin; int32."""
    linear = (scores.clamp(max=_LINEAR_END) * (LINEAR_BINS / _LINEAR_END)).int() * SUB_BINS + (scores > 0)
    return torch.where(scores < _LINEAR_END, linear, scores.view(torch.int32) - _BITS_BEFORE)


def bin_score(bins: Tensor) -> Tensor:
    """Return the lowest score of each bin, float32; the threshold (inclusive) that cuts below the bin."""
    linear = bins.float() * (_LINEAR_END / LINEAR_BINS)
    return torch.where(bins < LINEAR_BINS, linear, (bins.int() * SUB_BINS + _BITS_BEFORE).view(torch.float32))


def in_blocks(device: torch.device, *tensors: Tensor | np.ndarray) -> Iterator[tuple[Tensor, ...]]:
    """Yield flat parts of equally large tensors on a device, small enough that a volume needs no copy of its size."""
    flat = [as_plain_tensor(values).flatten() for values in tensors]
    for start in range(0, flat[0].numel(), _BLOCK):
        yield tuple(values[start : start + _BLOCK].to(device) for values in flat)
