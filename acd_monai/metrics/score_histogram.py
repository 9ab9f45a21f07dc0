"""Pixel scores of any number of maps in constant memory: counts on very fine bins.

About 650 MB, and while the figures are worked out up to about as much again.

Counts are whole numbers, region weights too (fixed point), so neither the order of the maps nor the number of
processes changes the result.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, fixed_point, region_weights
from acd_monai.metrics.pixel_figures import PixelFigures, pixel_figures_of
from acd_monai.metrics.processes import reduce_over_processes
from acd_monai.metrics.ranking import RankedGroups
from acd_monai.metrics.score_key import (
    BINS,
    FINE_KEYS,
    bin_of_key,
    bin_score,
    check_unit_range,
    fine_key,
    in_blocks,
    may_hold_several,
)
from acd_monai.metrics.scores_and_labels import check_scores_and_labels

__all__ = ["ScoreHistogram"]

_NORMAL, _ABNORMAL, _REGIONS = range(3)


class ScoreHistogram:
    """Gathers anomaly maps and gives their figures with a bound on the error of each.

    The bound is worked out from the bins themselves. It is near 0 when scores repeat (quantised or half-precision
    maps, many zeros), below 1e-4 for usual maps, and grows when very many distinct scores crowd into few bins.

    Args:
        device: Where the bins are kept, and the work is done.

    Example:
        >>> pixels = ScoreHistogram()
        >>> pixels.update(torch.tensor([[0.1, 0.9], [0.2, 0.3]]), torch.tensor([[0, 1], [0, 0]]))
        >>> pixels.figures().auroc
        1.0
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self._counts = torch.zeros(3, BINS, dtype=torch.int64, device=self.device)
        # Which of a bin's keys were ever hit: a bin hit at one only holds a single score.
        self._seen = torch.zeros(FINE_KEYS, dtype=torch.uint8, device=self.device)

    def update(
        self, anomaly_map: Tensor | np.ndarray, mask: Tensor | np.ndarray, weights: Tensor | np.ndarray | None = None
    ) -> None:
        """Add one map.

        Args:
            anomaly_map: ``(H, W)`` or ``(H, W, D)`` in [0, 1]; taken as float32.
            mask: of the same shape, 0 or 1.
            weights: :func:`~acd_monai.metrics.region_weights` of the mask, worked out here when None.

        Raises:
            AcdMonaiError: A score is NaN or outside [0, 1], a label is neither 0 nor 1, or the sizes differ. Nothing
                is added then.
        """
        scores, labels = check_scores_and_labels(anomaly_map, mask)
        check_unit_range(scores)
        weights = region_weights(mask) if weights is None else weights
        for score, label, weight in in_blocks(self.device, scores, labels, weights):
            key = fine_key(score.float())
            self._seen[key] = 1
            bins = bin_of_key(key)
            self._counts.view(-1).index_add_(0, bins + BINS * label.int(), torch.ones_like(bins, dtype=torch.int64))
            self._counts[_REGIONS].index_add_(0, bins[label], fixed_point(weight[label]))

    def merge(self, other: ScoreHistogram) -> None:
        """Add all maps of another histogram."""
        self._counts += other._counts.to(self.device)
        self._seen = self._seen.maximum(other._seen.to(self.device))

    def all_reduce(self) -> ScoreHistogram:
        """Return the histogram of all processes' maps, to look at and not to add to. Every process must call."""
        total = ScoreHistogram(self.device)
        total._counts = reduce_over_processes(self._counts)
        total._seen = reduce_over_processes(self._seen, "MAX")
        return total

    def reset(self) -> None:
        """Forget all maps."""
        self._counts.zero_()
        self._seen.zero_()

    def groups(self) -> RankedGroups:
        """Return the bins that hold abnormal pixels, by descending score; a bin's score is its lower edge."""
        return self._groups(self._occupied())

    def figures(self, limit: float = FALSE_POSITIVE_LIMIT, groups: RankedGroups | None = None) -> PixelFigures:
        """Return the figures of all maps so far and their error bounds.

        Args:
            limit: highest false-positive rate of AUPRO, in (0, 1].
            groups: as :meth:`groups` gave them, where they are at hand.

        Raises:
            ConfigError: The limit is not in (0, 1].
        """
        occupied = self._occupied()
        groups = self._groups(occupied) if groups is None else groups
        return pixel_figures_of(groups, may_hold_several(occupied, self._seen), limit)

    def _occupied(self) -> Tensor:
        return self._counts[_ABNORMAL].nonzero().flatten().flip(0).int()

    def _groups(self, occupied: Tensor) -> RankedGroups:
        passed = self._counts[_NORMAL].cumsum(dim=0)
        return RankedGroups(
            scores=bin_score(occupied),
            abnormal=self._counts[_ABNORMAL][occupied].double(),
            normal_above=(passed[-1] - passed[occupied]).double(),
            normal_tied=self._counts[_NORMAL][occupied].double(),
            normals=passed[-1].double(),
            regions=self._counts[_REGIONS][occupied].double(),
        )
