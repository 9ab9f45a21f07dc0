"""What every metric asks of its input: scores without NaN, labels of 0 and 1, as many of one as of the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import AcdMonaiError

__all__ = ["ScoresAndLabels", "as_plain_tensor", "check_scores_and_labels"]


class ScoresAndLabels(NamedTuple):
    """Scores as given (half precision as float32) and boolean labels, both ``(N,)`` on one device."""

    scores: Tensor
    labels: Tensor


def check_scores_and_labels(scores: Tensor | np.ndarray, labels: Tensor | np.ndarray) -> ScoresAndLabels:
    """Flatten and check.

    Args:
        scores: of any shape; higher is more anomalous.
        labels: as many; 0 or False is normal, 1 or True abnormal.

    Raises:
        AcdMonaiError: The numbers differ, a score is NaN or infinite, or a label is neither 0 nor 1.
    """
    score, label = as_plain_tensor(scores).flatten(), as_plain_tensor(labels).flatten()
    if score.numel() != label.numel():
        raise AcdMonaiError(
            f"{score.numel()} scores and {label.numel()} labels; expected one label a score. "
            "Bring map and mask to one size."
        )
    if not score.dtype.is_floating_point or score.dtype.itemsize < 4:
        score = score.float()
    if score.numel() and not all(bool(end.isfinite()) for end in torch.aminmax(score)):
        bad = score[~score.isfinite()]
        raise AcdMonaiError(
            f"{bad.numel()} of {score.numel()} scores are not finite, the first is {float(bad[0])}; expected numbers. "
            "Check the network's output."
        )
    if label.dtype != torch.bool:
        wrong = (label != 0) & (label != 1)
        if bool(wrong.any()):
            raise AcdMonaiError(f"a label is {float(label[wrong][0])}; expected 0 or 1. Make the mask binary first.")
        label = label != 0
    return ScoresAndLabels(score, label.to(score.device))


def as_plain_tensor(values: Tensor | np.ndarray) -> Tensor:
    """Return a detached tensor without MONAI's metadata, which would follow every step of the arithmetic."""
    return torch.as_tensor(values).detach().as_subclass(Tensor)
