"""Pixel scores kept one by one: exact figures for what fits into memory (4 bytes a pixel, and as much for the sort)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, fixed_point, region_weights
from acd_monai.metrics.pixel_figures import PixelFigures, PixelScores, pixel_figures_of
from acd_monai.metrics.processes import gather_over_processes
from acd_monai.metrics.ranking import RankedGroups, group_split_scores
from acd_monai.metrics.score_histogram import ScoreHistogram
from acd_monai.metrics.score_key import check_unit_range
from acd_monai.metrics.scores_and_labels import as_plain_tensor, check_scores_and_labels

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
        scores, labels = check_scores_and_labels(anomaly_map, mask)
        check_unit_range(scores)
        weight = as_plain_tensor(region_weights(mask) if weights is None else weights).flatten().to(labels.device)
        self._normal.append(scores[~labels].float().to(self.device))
        self._abnormal.append(scores[labels].float().to(self.device))
        self._weights.append(fixed_point(weight[labels]).to(self.device))

    def merge(self, other: ExactScores) -> None:
        """Add all maps of another."""
        for mine, theirs in zip(self._parts(), other._parts(), strict=True):
            mine.extend(part.to(self.device) for part in theirs)

    def all_reduce(self) -> ExactScores:
        """Return the scores of all processes. Every process must call."""
        total = ExactScores(self.device)
        for whole, parts in zip(total._parts(), self._parts(), strict=True):
            whole[:] = [gather_over_processes(torch.cat(parts))]
        return total

    def reset(self) -> None:
        """Forget all maps."""
        # An empty part each, so that a process without a map has something to join and to send.
        self._normal = [torch.empty(0, device=self.device)]
        self._abnormal = [torch.empty(0, device=self.device)]
        self._weights = [torch.empty(0, dtype=torch.int64, device=self.device)]

    def groups(self) -> RankedGroups:
        """Return all distinct scores of abnormal pixels, highest first."""
        return group_split_scores(torch.cat(self._normal), torch.cat(self._abnormal), torch.cat(self._weights))

    def figures(self, limit: float = FALSE_POSITIVE_LIMIT) -> PixelFigures:
        """Return the figures of all maps so far.

        Raises:
            ConfigError: The limit is not in (0, 1].
        """
        return pixel_figures_of(self.groups(), limit=limit)

    def _parts(self) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        return self._normal, self._abnormal, self._weights


def gather_pixel_scores(mode: str = "streaming", device: torch.device | str = "cpu") -> PixelScores:
    """Build an empty :class:`ScoreHistogram` (``streaming``) or :class:`ExactScores` (``exact``).

    Raises:
        ConfigError: The mode is neither.
    """
    if mode not in PIXEL_MODES:
        raise ConfigError(f"pixel scores are {mode!r}; wanted one of {', '.join(PIXEL_MODES)}.")
    return ScoreHistogram(device) if mode == "streaming" else ExactScores(device)
