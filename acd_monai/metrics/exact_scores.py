"""Pixel scores kept one by one: exact figures for what fits into memory (4 bytes a pixel, and as much for the sort)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, split_by_label
from acd_monai.metrics.growing_table import GrowingTable
from acd_monai.metrics.pixel_figures import PixelFigures, PixelScores, pixel_figures_of
from acd_monai.metrics.ranking import RankedGroups, group_split_scores
from acd_monai.metrics.score_histogram import ScoreHistogram
from acd_monai.metrics.score_key import check_unit_range
from acd_monai.metrics.scores_and_labels import as_plain_tensor

__all__ = ["PIXEL_MODES", "ExactScores", "gather_pixel_scores"]

PIXEL_MODES = ("streaming", "exact")


class ExactScores:
    """Gathers anomaly maps and gives their exact figures; used like :class:`ScoreHistogram`.

    Args:
        device: Where the scores are kept, and sorted.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.reset()

    def update(
        self, anomaly_map: Tensor | np.ndarray, mask: Tensor | np.ndarray, weights: Tensor | np.ndarray | None = None
    ) -> None:
        """Add one map; arguments and errors as :meth:`ScoreHistogram.update`."""
        check_unit_range(as_plain_tensor(anomaly_map))
        normal, *abnormal = split_by_label(anomaly_map, mask, weights)
        self._normal.append(normal)
        self._abnormal.append(*abnormal)

    def merge(self, other: ExactScores) -> None:
        """Add all maps of another."""
        self._normal.append(*other._normal.columns())
        self._abnormal.append(*other._abnormal.columns())

    def all_reduce(self) -> ExactScores:
        """Return the scores of all processes. Every process must call."""
        total = ExactScores(self.device)
        total._normal, total._abnormal = self._normal.all_gather(), self._abnormal.all_gather()
        return total

    def reset(self) -> None:
        """Forget all maps."""
        self._normal = GrowingTable(torch.float32, device=self.device)
        self._abnormal = GrowingTable(torch.float32, torch.int64, device=self.device)

    def groups(self) -> RankedGroups:
        """Return all distinct scores of abnormal pixels, highest first."""
        return group_split_scores(*self._normal.columns(), *self._abnormal.columns())

    def figures(self, limit: float = FALSE_POSITIVE_LIMIT, groups: RankedGroups | None = None) -> PixelFigures:
        """Return the figures of all maps so far; ``groups`` as :meth:`groups` gave them, where they are at hand.

        Raises:
            ConfigError: The limit is not in (0, 1].
        """
        return pixel_figures_of(self.groups() if groups is None else groups, limit=limit)


def gather_pixel_scores(mode: str = "streaming", device: torch.device | str = "cpu") -> PixelScores:
    """Build an empty :class:`ScoreHistogram` (``streaming``) or :class:`ExactScores` (``exact``).

    Raises:
        ConfigError: The mode is neither.
    """
    if mode not in PIXEL_MODES:
        raise ConfigError(f"pixel scores are {mode!r}; wanted one of {', '.join(PIXEL_MODES)}.")
    return ScoreHistogram(device) if mode == "streaming" else ExactScores(device)
