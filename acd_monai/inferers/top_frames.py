"""The most anomalous frames of a video of any length, found in one pass and in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from acd_monai.inferers.fit import Fit
from acd_monai.inferers.spread import choose_spread_slices

__all__ = ["LEAST_APART", "TopFrame", "TopFrames"]

LEAST_APART = 3
"""Scored frames between two top frames, where there are enough: neighbours show the same finding."""


class TopFrame(NamedTuple):
    """One of the most anomalous frames.

    Attributes:
        position: which of the scored frames, from 0.
        picture: uint8 ``(rows, columns, 3)`` on the stored pixel grid.
        anomaly_map: float32 ``(rows, columns)`` in [0, 1], on the same grid.
    """

    position: int
    picture: np.ndarray
    anomaly_map: np.ndarray


class Candidate(NamedTuple):
    """A frame that may still be one of the top frames, with its map at the network's size."""

    position: int
    score: float
    picture: np.ndarray
    square_map: Tensor


@dataclass
class TopFrames:
    """Keeps the frames that :func:`choose_spread_slices` would choose among all, whatever is still to come.

    A frame that is chosen rules out its ``2 (LEAST_APART - 1)`` neighbours, so the ``count`` best at that distance
    are always among the ``(count - 1) (2 LEAST_APART - 1) + 1`` highest scores: no other frame has to be kept.

    Attributes:
        count: frames wanted, 1 or more.
        kept: at most :attr:`capacity` candidates, highest score first.
    """

    count: int
    kept: list[Candidate] = field(default_factory=list)

    @property
    def capacity(self) -> int:
        """Most candidates that are kept."""
        return (self.count - 1) * (2 * LEAST_APART - 1) + 1

    def add(self, position: int, score: float, picture: np.ndarray, square_map: Tensor) -> None:
        """Consider a frame; a score that is NaN is below all others."""
        self.kept.append(Candidate(position, score, picture, square_map))
        self.kept.sort(key=lambda item: (np.isnan(item.score), -item.score, item.position))
        del self.kept[self.capacity :]

    def choose(self, scores: np.ndarray, plan: Fit) -> tuple[TopFrame, ...]:
        """Return the top frames in the order of time, their maps brought back to the stored pixels.

        Args:
            scores: ``(frames,)`` of all frames; NaN where one was not scored.
            plan: how the frames were fitted to the network's square.
        """
        candidates = {item.position: item for item in self.kept}
        among_kept = np.full(len(scores), np.nan)
        among_kept[list(candidates)] = scores[list(candidates)]
        if np.isfinite(among_kept).any():
            chosen = choose_spread_slices(among_kept, self.count, LEAST_APART)
        else:
            chosen = (self.kept[0].position,)
        return tuple(self._finish(candidates[position], plan) for position in sorted(chosen))

    def _finish(self, item: Candidate, plan: Fit) -> TopFrame:
        with torch.no_grad():
            full = plan.invert(item.square_map[None])[0, 0]
        return TopFrame(item.position, item.picture, full.clamp(0, 1).numpy())
