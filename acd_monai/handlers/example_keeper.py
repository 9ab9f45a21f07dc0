"""Keeps the few images of an evaluation worth looking at, while thousands pass."""

from __future__ import annotations

import heapq
import math
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.engines import ScoredImage
from acd_monai.handlers.over_processes import gather_lists
from acd_monai.metrics import average_precision
from acd_monai.reports.evaluation import Example

__all__ = ["ExampleKeeper", "Kind", "make_example"]

Kind = Literal["best", "worst", "false_alarm"]

_MASKED_FIRST = 2.0
"""Added to the rank of images with masks; measures are at most 1."""

_LARGEST_SIDE = 384
"""Pixels along the longer side of what is kept."""


class ExampleKeeper:
    """Keeps the abnormal images that went best and worst, and the normal ones scored highest.

    An abnormal image is measured by the average precision of its map against its mask. One without a mask is measured
    by its own score (that within its class is known only at the end), and kept only where there are too few with masks.

    Args:
        count: of each kind.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._kept: dict[str, list[tuple[float, str, Example]]] = {"best": [], "worst": [], "false_alarm": []}

    def add(self, scored: ScoredImage) -> None:
        """Look at one file's images."""
        is_stack = scored.item["image"].shape[-1] > 1
        for index, (score, label) in enumerate(zip(scored.scores.tolist(), scored.labels.tolist(), strict=True)):
            name = f"{scored.item['name']}, slice {int(scored.slices[index])}" if is_stack else scored.item["name"]
            by_score = f"{name} · own score {score:.3f}"
            if not label:
                self._offer("false_alarm", score, score, by_score, scored, index)
            elif not scored.item["masked"]:
                self._offer("best", score, score, by_score, scored, index)
                self._offer("worst", -score, score, by_score, scored, index)
            else:
                found = average_precision(scored.maps[index], scored.masks[index])
                if not math.isnan(found):  # a small finding may vanish in a resized mask
                    title = f"{name} · pixel AP {100 * found:.1f} %"
                    self._offer("best", _MASKED_FIRST + found, found, title, scored, index)
                    self._offer("worst", _MASKED_FIRST - found, found, title, scored, index)

    def gather(self) -> list[Example]:
        """Return the examples of all processes, of each kind in order; every process must call."""
        examples: list[Example] = []
        for mine in self._kept.values():
            everyone: list[tuple[float, str, Example]] = gather_lists(mine)
            ordered = sorted(everyone, key=lambda entry: entry[:2], reverse=True)[: self.count]
            taken = {example.title for example in examples}
            # A small set has no more worst ones than it has best ones.
            examples += [example for _, _, example in ordered if example.title not in taken]
        return examples

    def _offer(self, kind: Kind, rank: float, measure: float, title: str, scored: ScoredImage, index: int) -> None:
        heap = self._kept[kind]
        if self.count and (len(heap) < self.count or (rank, title) > heap[0][:2]):
            entry = (rank, title, make_example(scored, index, title, kind, measure))
            (heapq.heappush if len(heap) < self.count else heapq.heappushpop)(heap, entry)


def make_example(scored: ScoredImage, index: int, title: str, kind: Kind, measure: float) -> Example:
    """Return one slice of a scored image with its mask and map, no larger than is shown."""
    image = scored.image[..., index].float()
    longest = max(image.shape[-2:])
    scale = min(1.0, _LARGEST_SIDE / longest)
    size = [max(1, round(side * scale)) for side in image.shape[-2:]]
    image = _resized(image.expand(3, -1, -1), size, "bilinear").clamp(0, 1)
    mask = _resized(scored.masks[index].float(), size, "nearest-exact")[0] > 0.5 if scored.item["masked"] else None
    anomaly_map = _resized(scored.maps[index], size, "bilinear")[0]
    return Example(
        image=(image * 255).round().byte().movedim(0, -1).cpu().numpy(),
        mask=None if mask is None else mask.cpu().numpy(),
        anomaly_map=anomaly_map.cpu().numpy().astype(np.float32),
        title=title,
        kind=kind,
        measure=measure,
    )


def _resized(picture: Tensor, size: list[int], mode: str) -> Tensor:
    antialias = {"antialias": True} if mode == "bilinear" else {}
    with torch.no_grad():
        return F.interpolate(picture[None], size, mode=mode, **antialias)[0]
