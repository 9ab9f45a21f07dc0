"""Maps and masks as methods make them, and a few that are hard on bins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter


class MapAndMask(NamedTuple):
    anomaly_map: np.ndarray
    mask: np.ndarray


def make_maps(kind: str, count: int = 12, side: int = 96, seed: int = 0) -> list[MapAndMask]:
    """``softmax``, ``concentrated`` (sd 0.005 around 0.5), ``rare`` (0.3 % abnormal), ``ties`` (8 bit) or ``zeros``."""
    rng = np.random.default_rng(seed)
    threshold = {"rare": 2.75}.get(kind, 1.5)
    maps = []
    for _ in range(count):
        lesion = _unit(gaussian_filter(rng.normal(size=(side, side)), 5))
        mask = lesion > threshold
        logit = 1.5 * _unit(gaussian_filter(rng.normal(size=(side, side)), 4)) + lesion
        score = 1 / (1 + np.exp(-2 * logit))
        if kind == "concentrated":
            score = 0.5 + 0.005 * _unit(logit)
        if kind == "ties":
            score = np.round(score * 255) / 255
        if kind == "zeros":
            score = np.zeros_like(score)
        maps.append(MapAndMask(score.astype(np.float32), mask))
    return maps


def _unit(field: np.ndarray) -> np.ndarray:
    return (field - field.mean()) / field.std()
