"""Keeps the maps of a few images, the same whatever the method, so that methods can be shown side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from ignite.engine import Events

from acd_monai.engines import BenchmarkEvaluator, ScoredImage
from acd_monai.handlers.example_keeper import Kind, make_example
from acd_monai.reports.evaluation import Example, write_examples

__all__ = ["ShownMaps", "choose_shown"]


class ShownMaps:
    """An ignite handler for :class:`~acd_monai.engines.BenchmarkEvaluator` in one process.

    Of a volume its slice with the largest anomaly is kept, or the middle one where there is none.

    Args:
        path: file for :func:`acd_monai.reports.evaluation.read_examples`.
        items: of the data set.
    """

    def __init__(self, path: str | Path, items: Sequence[dict[str, Any]]) -> None:
        self.path = Path(path)
        self.names = choose_shown(items)
        self._kept: dict[str, Example] = {}

    def attach(self, engine: BenchmarkEvaluator) -> None:
        """Hook the handler into an evaluator."""
        engine.add_event_handler(Events.STARTED, lambda _: self._kept.clear())
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._keep)
        engine.add_event_handler(Events.COMPLETED, self._write)

    def _keep(self, engine: BenchmarkEvaluator) -> None:
        for scored in cast("list[ScoredImage]", engine.state.output):
            name = scored.item["name"]
            if name not in self.names:
                continue
            areas = scored.item["mask"].as_tensor()[..., scored.slices].sum(dim=(0, 1, 2))
            index = int(areas.argmax()) if areas.any() else len(areas) // 2
            title = f"{name}, slice {int(scored.slices[index])}" if scored.item["image"].shape[-1] > 1 else name
            kind: Kind = "best" if scored.labels[index] else "false_alarm"
            self._kept[name] = make_example(scored, index, title, kind, math.nan)

    def _write(self, _: BenchmarkEvaluator) -> None:
        write_examples([self._kept[name] for name in self.names if name in self._kept], self.path)


def choose_shown(items: Sequence[dict[str, Any]], abnormal: int = 4, normal: int = 2) -> list[str]:
    """Return names of images to show, abnormal ones first, spread evenly over the data set.

    Args:
        items: with ``name``, ``label`` and ``masked``.
        abnormal: how many at most; those with labelled pixels are preferred.
        normal: how many at most.
    """
    positive = [item for item in items if item["label"]]
    positive = [item for item in positive if item["masked"]] or positive
    negative = [item for item in items if not item["label"]]
    return [*_spread(positive, abnormal), *_spread(negative, normal)]


def _spread(items: Sequence[dict[str, Any]], count: int) -> list[str]:
    """Return the names of the middles of ``count`` equal parts."""
    count = min(count, len(items))
    return [items[(2 * part + 1) * len(items) // (2 * count)]["name"] for part in range(count)]
