"""ROC and precision-recall curves thinned to what a plot can show."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.metrics.ranking import RankedGroups

__all__ = ["Curve", "pr_points", "roc_points"]


class Curve(NamedTuple):
    """Points of a curve from left to right, ``x`` and ``y`` both ``(n,)`` in [0, 1]; n is 0 when it is undefined."""

    x: np.ndarray
    y: np.ndarray


def roc_points(groups: RankedGroups, count: int = 1000) -> Curve:
    """True-positive rate (y) over false-positive rate (x), from (0, 0) to (1, 1); at most ``count`` corners of it."""
    if _undefined(groups):
        return Curve(np.empty(0), np.empty(0))
    found = groups.abnormal.cumsum(dim=-1)
    begin = (groups.normal_above / groups.normals).cpu().numpy()
    width = (groups.normal_tied / groups.normals).cpu().numpy()
    top = (found / found[-1]).cpu().numpy()
    foot = np.concatenate([[0.0], top[:-1]])
    x = np.concatenate([[0.0], np.stack([begin, begin + width], axis=1).ravel(), [1.0]])
    y = np.concatenate([[0.0], np.stack([foot, top], axis=1).ravel(), [1.0]])
    return _thin(x, y, x + y, count)


def pr_points(groups: RankedGroups, count: int = 1000) -> Curve:
    """Precision (y) over recall (x), from (0, 1) to recall 1; at most ``count`` corners of it."""
    if _undefined(groups):
        return Curve(np.empty(0), np.empty(0))
    found = groups.abnormal.cumsum(dim=-1)
    precision = found / (found + groups.normal_above + groups.normal_tied)
    recall = np.concatenate([[0.0], (found / found[-1]).cpu().numpy()])
    return _thin(recall, np.concatenate([[1.0], precision.cpu().numpy()]), recall, count)


def _undefined(groups: RankedGroups) -> bool:
    return groups.abnormal.numel() == 0 or not bool(groups.normals > 0)


def _thin(x: np.ndarray, y: np.ndarray, along: np.ndarray, count: int) -> Curve:
    """Keep the first, the last and about evenly spread points between, ``along`` being the way gone so far."""
    if len(x) > count:
        chosen = np.searchsorted(along, np.linspace(along[0], along[-1], count)).clip(max=len(x) - 1)
        chosen[0], chosen[-1] = 0, len(x) - 1
        x, y = x[np.unique(chosen)], y[np.unique(chosen)]
    return Curve(x, y)
