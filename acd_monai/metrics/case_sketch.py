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

from acd_monai.metrics.aupro import fixed_point, region_weights
from acd_monai.metrics.processes import gather_over_processes
from acd_monai.metrics.score_key import check_unit_range
from acd_monai.metrics.scores_and_labels import as_plain_tensor, check_scores_and_labels

__all__ = ["CaseSketches", "SketchPoints", "growing_edges"]

_NORMAL_POINTS = 2048
_ABNORMAL_POINTS = 512


class SketchPoints(NamedTuple):
    """Blocks of pixels of all images, those of normal or those of abnormal pixels.

    Attributes:
        image: ``(points,)`` number of the image, in the order they were added.
        scores: ``(points,)`` mean score of each block, float32.
        pixels: ``(points,)`` size of each block.
        regions: ``(points,)`` summed region weights, fixed point; None for normal pixels.
    """

    image: Tensor
    scores: Tensor
    pixels: Tensor
    regions: Tensor | None


class CaseSketches:
    """Gathers one sketch an image, and the case each image belongs to."""

    def __init__(self) -> None:
        self.cases: list[str] = []
        self._normal: list[tuple[Tensor, ...]] = []
        self._abnormal: list[tuple[Tensor, ...]] = []

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
            AcdMonaiError: A score is NaN or outside [0, 1], a label is neither 0 nor 1, or the sizes differ.
        """
        checked = check_scores_and_labels(anomaly_map, mask)
        check_unit_range(checked.scores)
        scores, labels = checked.scores.float().cpu().numpy(), checked.labels.cpu().numpy()
        weight = as_plain_tensor(region_weights(mask) if weights is None else weights).flatten().cpu().numpy()
        self.cases.append(case)
        self._normal.append(_growing_blocks(np.sort(scores[~labels])[::-1]))
        order = np.argsort(-scores[labels], kind="stable")
        fixed = fixed_point(weight[labels]).numpy()[order]
        self._abnormal.append(_equal_blocks(scores[labels][order], fixed))

    def all_gather(self) -> CaseSketches:
        """Return the sketches of all processes. Every process must call."""
        total = CaseSketches()
        # A process without an image sends one empty name.
        total.cases = [name for name in string_list_all_gather(self.cases, delimiter="\0") if name]
        total._normal = _gather(self._normal, (torch.float32, torch.int32))
        total._abnormal = _gather(self._abnormal, (torch.float32, torch.int32, torch.int64))
        return total

    def normal_points(self) -> SketchPoints:
        """Return the blocks of normal pixels of all images."""
        return _pool(self._normal)

    def abnormal_points(self) -> SketchPoints:
        """Return the blocks of abnormal pixels of all images."""
        return _pool(self._abnormal)

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


def _growing_blocks(descending: np.ndarray) -> tuple[Tensor, ...]:
    return _mean_and_size(descending, growing_edges(len(descending), _NORMAL_POINTS))


def _equal_blocks(descending: np.ndarray, weights: np.ndarray) -> tuple[Tensor, ...]:
    count = len(descending)
    edges = np.linspace(0, count, min(count, _ABNORMAL_POINTS) + 1).round().astype(np.int64)
    regions = np.add.reduceat(weights, edges[:-1]) if count else weights
    return *_mean_and_size(descending, edges), torch.from_numpy(regions)


def _mean_and_size(descending: np.ndarray, edges: np.ndarray) -> tuple[Tensor, Tensor]:
    size = np.diff(edges)
    mean = np.add.reduceat(descending.astype(np.float64), edges[:-1]) / size if len(size) else np.empty(0)
    return torch.from_numpy(mean.astype(np.float32)), torch.from_numpy(size.astype(np.int32))


def _gather(images: list[tuple[Tensor, ...]], dtypes: tuple[torch.dtype, ...]) -> list[tuple[Tensor, ...]]:
    lengths = gather_over_processes(torch.tensor([len(image[0]) for image in images], dtype=torch.int64))
    columns = []
    for index, dtype in enumerate(dtypes):
        column = torch.cat([torch.empty(0, dtype=dtype), *(image[index] for image in images)])
        columns.append(gather_over_processes(column).split(lengths.tolist()))
    return list(zip(*columns, strict=True))


def _pool(images: list[tuple[Tensor, ...]]) -> SketchPoints:
    lengths = torch.tensor([len(image[0]) for image in images], dtype=torch.int64)
    columns = [torch.cat(column) for column in zip(*images, strict=True)]
    number = torch.arange(len(images)).repeat_interleave(lengths)
    return SketchPoints(number, columns[0], columns[1], columns[2] if len(columns) > 2 else None)
