"""Scores in [0, 1] as whole numbers in the same order: the bins that all streaming metrics share.

Every halving of the score down to 2^-16, and likewise of its distance to 1, has 2^20 bins or as many as there are
float32 values, so that a crowd of scores is told apart wherever on the scale it stands: from 0.875 up each float32
value has a bin of its own. Below 2^-16 there are 2^20 bins of equal width.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics.scores_and_labels import as_plain_tensor

__all__ = [
    "BINS",
    "FINE_KEYS",
    "bin_of_key",
    "bin_score",
    "check_unit_range",
    "fine_key",
    "in_blocks",
    "may_hold_several",
]

_LINEAR_BINS = 2**20
_LINEAR_END = 2.0**-16
_BITS_BEFORE = 110 * 2**23  # float32 bits of 2^-17, so that those of 2^-16 come right after the linear bins' keys
_BLOCK = 2**22


class _Piece(NamedTuple):
    """Bins of equal width in keys: from the first bin and its first key on, ``2 ** shift`` keys each."""

    first_bin: int
    first_key: int
    shift: int


_HALF = 16 * 2**23  # key of 0.5
_PIECES = (
    _Piece(0, 0, 3),
    _Piece(16 * 2**20, _HALF, 2),
    _Piece(17 * 2**20, _HALF + 2**22, 1),  # from 0.75
    _Piece(18 * 2**20, _HALF + 6 * 2**20, 0),  # from 0.875
)

BINS = 20 * 2**20 + 1
"""Number of bins; the last is for 1.0 alone."""

FINE_KEYS = 17 * 2**23 + 1
"""Number of keys, of which up to eight make a bin."""


class _KeyRange(NamedTuple):
    """Keys of each bin: the first and how many."""

    first: Tensor
    width: Tensor


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
    """Number float32 scores in [0, 1] in their order, int32: from 2^-16 up each value has its own key.

    Below, a bin's first key is for the score 0 and its second for anything else, so a bin hit at its second key may
    hold many scores.
    """
    linear = (scores.clamp(max=_LINEAR_END) * (_LINEAR_BINS / _LINEAR_END)).int() * 8 + (scores > 0)
    return torch.where(scores < _LINEAR_END, linear, scores.view(torch.int32) - _BITS_BEFORE)


def bin_of_key(keys: Tensor) -> Tensor:
    """Return the bin that each key belongs to, int32 in [0, :data:`BINS`)."""
    bins = keys >> _PIECES[0].shift
    for piece in _PIECES[1:]:
        bins = torch.where(keys >= piece.first_key, ((keys - piece.first_key) >> piece.shift) + piece.first_bin, bins)
    return bins


def _key_range(bins: Tensor) -> _KeyRange:
    """Return the keys of each bin."""
    first, width = bins << _PIECES[0].shift, torch.full_like(bins, 1 << _PIECES[0].shift)
    for piece in _PIECES[1:]:
        inside = bins >= piece.first_bin
        first = torch.where(inside, ((bins - piece.first_bin) << piece.shift) + piece.first_key, first)
        width = torch.where(inside, 1 << piece.shift, width)
    return _KeyRange(first, width)


def bin_score(bins: Tensor) -> Tensor:
    """Return the lowest score of each bin, float32: the threshold (inclusive) that cuts below it."""
    linear = bins.float() * (_LINEAR_END / _LINEAR_BINS)
    values = (_key_range(bins).first.int() + _BITS_BEFORE).view(torch.float32)
    return torch.where(bins < _LINEAR_BINS, linear, values)


def may_hold_several(bins: Tensor, seen: Tensor) -> Tensor:
    """Tell which bins may hold more than one score.

    Args:
        bins: ``(K,)``.
        seen: ``(FINE_KEYS,)`` uint8, 1 for each key that was hit.
    """
    first, width = _key_range(bins)
    hits = torch.zeros_like(bins)
    for place in range(8):
        hits += seen[(first + place).clamp(max=FINE_KEYS - 1)] * (place < width)
    return (hits > 1) | ((bins < _LINEAR_BINS) & (seen[(first + 1).clamp(max=FINE_KEYS - 1)] > 0))


def in_blocks(device: torch.device, *tensors: Tensor | np.ndarray) -> Iterator[tuple[Tensor, ...]]:
    """Yield flat parts of equally large tensors on a device, small enough that a volume needs no copy of its size."""
    flat = [as_plain_tensor(values).flatten() for values in tensors]
    for start in range(0, flat[0].numel(), _BLOCK):
        yield tuple(values[start : start + _BLOCK].to(device) for values in flat)
