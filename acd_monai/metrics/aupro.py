"""AUPRO, the area under the per-region overlap curve (Bergmann et al., "MVTec AD", IJCV 2021), exactly.

The curve is a ROC curve in which an abnormal pixel weighs one over the size of its region, so that every region counts
the same however large. Its area up to a false-positive rate is a sum over groups of equal scores: no list of
thresholds is gone through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics.ranking import RankedGroups, group_split_scores
from acd_monai.metrics.scores_and_labels import as_plain_tensor, check_scores_and_labels

__all__ = [
    "FALSE_POSITIVE_LIMIT",
    "aupro",
    "aupro_of",
    "check_limit",
    "fixed_point",
    "ramp_area",
    "region_weights",
    "split_by_label",
]

FALSE_POSITIVE_LIMIT = 0.3
"""False-positive rate up to which the published figures integrate."""

FIXED_POINT_ONE = 2**40
"""One region in the integers that region weights are summed in: exact in any order, up to eight million regions."""


def check_limit(limit: float) -> None:
    """Check the highest false-positive rate.

    Raises:
        ConfigError: It is not in (0, 1].
    """
    if not 0 < limit <= 1:
        raise ConfigError(f"AUPRO's false-positive limit is {limit}; expected a number in (0, 1], usually 0.3.")


def region_weights(mask: Tensor | np.ndarray) -> np.ndarray:
    """Return one over the size of its region for each abnormal pixel, 0 for normal ones.

    Args:
        mask: One map's mask, ``(H, W)`` or ``(H, W, D)``, of 0 and 1. Pixels touching at a side or a corner belong
            together (8-neighbourhood; 26 in a volume).

    Returns:
        Weights of the mask's shape, float64. They add up to the number of regions.
    """
    abnormal = as_plain_tensor(mask).cpu().numpy() != 0
    labels, regions = ndimage.label(abnormal, structure=np.ones((3,) * abnormal.ndim))
    size = np.bincount(labels.ravel(), minlength=regions + 1).astype(np.float64)
    weight = 1 / np.maximum(size, 1)
    weight[0] = 0
    return weight[labels]


def fixed_point(weights: Tensor | np.ndarray) -> Tensor:
    """Return region weights as int64 in units of 1 / :data:`FIXED_POINT_ONE`."""
    return (as_plain_tensor(weights).double() * FIXED_POINT_ONE).round().long()


class SplitScores(NamedTuple):
    """One map's scores of normal pixels, of abnormal ones, and these ones' weights in fixed point, each ``(N,)``."""

    normal: Tensor
    abnormal: Tensor
    weights: Tensor


def split_by_label(
    anomaly_map: Tensor | np.ndarray, mask: Tensor | np.ndarray, weights: Tensor | np.ndarray | None = None
) -> SplitScores:
    """Part a map's scores by their labels.

    Args:
        anomaly_map: ``(H, W)`` or ``(H, W, D)``.
        mask: of the same shape, 0 or 1.
        weights: :func:`region_weights` of the mask, worked out here when None.

    Raises:
        AcdMonaiError: As :func:`~acd_monai.metrics.scores_and_labels.check_scores_and_labels`.
    """
    scores, labels = check_scores_and_labels(anomaly_map, mask)
    weight = as_plain_tensor(region_weights(mask) if weights is None else weights).flatten().to(scores.device)
    return SplitScores(scores[~labels], scores[labels], fixed_point(weight[labels]))


def aupro(
    anomaly_maps: Iterable[Tensor | np.ndarray],
    masks: Iterable[Tensor | np.ndarray],
    limit: float = FALSE_POSITIVE_LIMIT,
) -> float:
    """Return the AUPRO of some maps.

    Args:
        anomaly_maps: ``(H, W)`` each, or one ``(N, H, W)``.
        masks: as many of the same shapes, of 0 and 1.
        limit: Highest false-positive rate, in (0, 1]; the rate is over all normal pixels, of normal images too.

    Returns:
        Area divided by the limit, in [0, 1]; NaN without a region or without a normal pixel.

    Raises:
        AcdMonaiError: There is not one mask a map, the two differ in size, a score is not finite, or a label is neither
            0 nor 1.
        ConfigError: The limit is out of range.
    """
    scores, labels = list(anomaly_maps), list(masks)
    if len(scores) != len(labels):
        raise AcdMonaiError(f"{len(scores)} anomaly maps and {len(labels)} masks; expected one mask a map.")
    parts = [split_by_label(*pair) for pair in zip(scores, labels, strict=True)]
    if not parts:
        return float("nan")
    return float(aupro_of(group_split_scores(*(torch.cat(part) for part in zip(*parts, strict=True))), limit))


def aupro_of(groups: RankedGroups, limit: float = FALSE_POSITIVE_LIMIT) -> Tensor:
    """AUPRO ``(…)`` of grouped scores; NaN where the groups have no region weights.

    Raises:
        ConfigError: The limit is out of range.
    """
    check_limit(limit)
    if groups.regions is None:
        return torch.full_like(groups.normals, float("nan"))
    # Each group lifts the curve by its weight, in a straight line over the normal pixels tied with it.
    area = (groups.regions * ramp_area(groups, limit)).sum(dim=-1) / (groups.regions.sum(dim=-1) * limit)
    return torch.where(groups.normals > 0, area, float("nan"))


def ramp_area(groups: RankedGroups, limit: float) -> Tensor:
    """Area in [0, limit] under a line from 0 where a group begins to 1 where it ends and on, ``(…, K)``."""
    normals = groups.normals[..., None]
    begin = (groups.normal_above / normals).clamp(max=limit)
    width = groups.normal_tied / normals
    inside = (limit - begin).minimum(width)
    rising = inside * inside / (2 * width).clamp(min=torch.finfo(width.dtype).tiny)
    return rising + (limit - begin - inside)
