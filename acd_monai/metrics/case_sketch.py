"""A few thousand points that stand for all pixels of an image, so that pixel figures can be resampled by case.

Normal pixels become blocks that grow with the rank, so that a false-positive rate is kept to within half a per cent of
itself however small; abnormal pixels become blocks of equal size. About 20 kB an image.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from monai.utils import string_list_all_gather
from torch import Tensor

from acd_monai.errors import AcdMonaiError
from acd_monai.metrics.aupro import fixed_point, region_weights
from acd_monai.metrics.growing_table import GrowingTable
from acd_monai.metrics.score_key import check_unit_range
from acd_monai.metrics.scores_and_labels import as_plain_tensor, check_scores_and_labels

__all__ = ["CaseSketches", "SketchPoints", "growing_edges"]

_NORMAL_POINTS = 2048
_ABNORMAL_POINTS = 512


class SketchPoints(NamedTuple):
    """Blocks of pixels of all images, those of normal or those of abnormal pixels.

    Attributes:
        image: ``(points,)`` number of the image, in the order they were added, int32.
        scores: ``(points,)`` mean score of each block, float32.
        pixels: ``(points,)`` size of each block, int32.
        regions: ``(points,)`` summed region weights, fixed point, int64; None for normal pixels.
    """

    image: Tensor
    scores: Tensor
    pixels: Tensor
    regions: Tensor | None


class CaseSketches:
    """Gathers one sketch an image, and the case each image belongs to."""

    def __init__(self) -> None:
        self.cases: list[str] = []
        self._normal = GrowingTable(torch.float32, torch.int32)
        self._abnormal = GrowingTable(torch.float32, torch.int32, torch.int64)

    def add(
        self,
        case: str,
        anomaly_map: Tensor | np.ndarray,
        mask: Tensor | np.ndarray,
        weights: Tensor | np.ndarray | None = None,
    ) -> None:
        """Add one image.

        Args:
            case: Name of its case; not empty.
            anomaly_map: ``(H, W)`` or ``(H, W, D)`` in [0, 1].
            mask: of the same shape, 0 or 1.
            weights: :func:`~acd_monai.metrics.region_weights` of the mask, worked out here when None.

        Raises:
            AcdMonaiError: The case has no name, a score is NaN or outside [0, 1], a label is neither 0 nor 1, or the
                sizes differ.
        """
        if not case or "\0" in case:
            raise AcdMonaiError(f"the case's name is {case!r}; expected a text that is not empty. Name every case.")
        checked = check_scores_and_labels(anomaly_map, mask)
        check_unit_range(checked.scores)
        scores, labels = checked.scores.float().cpu().numpy(), checked.labels.cpu().numpy()
        weight = as_plain_tensor(region_weights(mask) if weights is None else weights).flatten().cpu().numpy()
        self.cases.append(case)
        self._normal.append(*_growing_blocks(np.sort(scores[~labels])[::-1]))
        order = np.argsort(-scores[labels], kind="stable")
        self._abnormal.append(*_equal_blocks(scores[labels][order], fixed_point(weight[labels]).numpy()[order]))

    def all_gather(self) -> CaseSketches:
        """Return the sketches of all processes. Every process must call."""
        total = CaseSketches()
        # A process without an image sends one empty name.
        total.cases = [name for name in string_list_all_gather(self.cases, delimiter="\0") if name]
        total._normal, total._abnormal = self._normal.all_gather(), self._abnormal.all_gather()
        return total

    def normal_points(self) -> SketchPoints:
        """Return the blocks of normal pixels of all images."""
        scores, pixels = self._normal.columns()
        return SketchPoints(self._normal.images(), scores, pixels, None)

    def abnormal_points(self) -> SketchPoints:
        """Return the blocks of abnormal pixels of all images."""
        return SketchPoints(self._abnormal.images(), *self._abnormal.columns())

    def __len__(self) -> int:
        return len(self.cases)


@lru_cache(maxsize=64)
def growing_edges(count: int, blocks: int) -> np.ndarray:
    """Edges ``(n + 1,)`` from 0 to ``count`` of at most ``blocks`` blocks, single at first, then in proportion."""
    if count <= blocks:
        return np.arange(count + 1)
    single = float(blocks)
    for _ in range(50):  # a fixed point: after so many singles, steps of the same proportion just reach the end
        single = blocks / (1 + np.log(count / single))
    growing = np.geomspace(int(single), count, blocks - int(single) + 1)
    return np.unique(np.concatenate([np.arange(int(single)), growing.round().astype(np.int64)]))


def _growing_blocks(descending: np.ndarray) -> tuple[Tensor, Tensor]:
    return _mean_and_size(descending, growing_edges(len(descending), _NORMAL_POINTS))


def _equal_blocks(descending: np.ndarray, weights: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    count = len(descending)
    edges = np.linspace(0, count, min(count, _ABNORMAL_POINTS) + 1).round().astype(np.int64)
    regions = np.add.reduceat(weights, edges[:-1]) if count else weights
    return *_mean_and_size(descending, edges), torch.from_numpy(regions)


def _mean_and_size(descending: np.ndarray, edges: np.ndarray) -> tuple[Tensor, Tensor]:
    size = np.diff(edges)
    mean = np.add.reduceat(descending, edges[:-1], dtype=np.float64) / size if len(size) else np.empty(0)
    return torch.from_numpy(mean), torch.from_numpy(size)
