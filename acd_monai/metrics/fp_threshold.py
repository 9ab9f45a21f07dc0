"""A threshold without a single abnormal case: the lowest that keeps false alarms in normal cases within a budget."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics.processes import reduce_over_processes
from acd_monai.metrics.score_key import BINS, bin_of_key, bin_score, check_unit_range, fine_key, in_blocks
from acd_monai.metrics.scores_and_labels import as_plain_tensor

__all__ = ["FalsePositiveCurve"]


class FalsePositiveCurve:
    """Gathers the size above every score, over normal cases; constant memory, about 170 MB.

    Args:
        device: Where the sizes are kept, and the work is done.

    Example:
        >>> curve = FalsePositiveCurve()
        >>> curve.update(torch.tensor([[0.25, 0.5], [0.125, 0.125]]), size_of_one=2.0)
        >>> 0.25 < curve.threshold(budget=2.0) < 0.250001
        True
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self._cases = 0
        self._size = torch.zeros(BINS, dtype=torch.float64, device=self.device)

    def update(self, anomaly_map: Tensor | np.ndarray, size_of_one: float) -> None:
        """Add one normal case.

        Args:
            anomaly_map: of any shape, in [0, 1]; taken as float32.
            size_of_one: area of a pixel or volume of a voxel, above 0, in the unit of the budget.

        Raises:
            AcdMonaiError: The map is empty, or a score is NaN or outside [0, 1].
            ConfigError: The size is not above 0.
        """
        if not 0 < size_of_one < float("inf"):
            raise ConfigError(f"the size of one pixel is {size_of_one}; expected a number above 0, for example in mm2.")
        scores = as_plain_tensor(anomaly_map)
        if scores.numel() == 0:
            raise AcdMonaiError(f"a normal case's map is empty, of shape {tuple(scores.shape)}; leave the case out.")
        check_unit_range(scores)
        for (block,) in in_blocks(self.device, scores):
            score = block.float()
            self._size.index_add_(
                0, bin_of_key(fine_key(score)), torch.full_like(score, size_of_one, dtype=torch.float64)
            )
        self._cases += 1

    def all_reduce(self) -> FalsePositiveCurve:
        """Return the curve of all processes' cases, to look at and not to add to. Every process must call."""
        total = FalsePositiveCurve(self.device)
        total._cases = int(reduce_over_processes(torch.tensor(self._cases)))
        total._size = reduce_over_processes(self._size)
        return total

    def threshold(self, budget: float) -> float:
        """Return the lowest threshold at which the mean size with score >= threshold is within the budget.

        Args:
            budget: Size a normal case, at least 0.

        Returns:
            A float32 in [0, 1]; at most one bin, eight float32 values, above the lowest of all. 0 when the whole maps
            are within the budget.

        Raises:
            AcdMonaiError: There is no case, or even at 1 the size above is over the budget.
            ConfigError: The budget is negative.
        """
        if not budget >= 0:
            raise ConfigError(f"the false-positive budget is {budget}; expected 0 or more a normal case.")
        if self._cases == 0:
            raise AcdMonaiError("no normal case to choose a threshold from; give one normal case or more.")
        above = self._size.flip(0).cumsum(dim=0) / self._cases  # at and above each bin, highest bin first
        within = int((above <= budget).sum())
        if within == 0:
            raise AcdMonaiError(
                f"no threshold keeps false positives within {budget:g} a normal case: {float(above[0]):g} score 1; "
                "raise the budget."
            )
        return float(bin_score(torch.tensor([BINS - within]))[0])

    def reset(self) -> None:
        """Forget all cases."""
        self._cases = 0
        self._size.zero_()
