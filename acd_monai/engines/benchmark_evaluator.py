"""A SupervisedEvaluator that scores the labelled images of a benchmark."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import torch
from monai.engines import SupervisedEvaluator
from monai.engines.utils import IterationEvents
from monai.utils.enums import CommonKeys as Keys
from torch import Tensor

from acd_monai.data.case_dataset import FAILURE
from acd_monai.errors import InputError
from acd_monai.inferers import EvaluationGrid, SliceAnomalyInferer
from acd_monai.networks import AnomalyDetector

__all__ = ["BenchmarkEvaluator", "ScoredImage"]

logger = logging.getLogger(__name__)


class ScoredImage(NamedTuple):
    """One file of a benchmark, scored: a picture has one slice, and so may a volume.

    Attributes:
        item: what the data set says of it: ``image``, ``class_name``, ``case``, ``label``, ``masked`` …
        image: ``(C, rows, columns, n)`` in [0, 1], the scored slices.
        scores: ``(n,)`` in [0, 1], of each slice by itself.
        peaks: ``(n,)`` maxima of the network's maps, before they were brought to the grid of the figures.
        labels: ``(n,)`` 0 normal, 1 abnormal: the item's own for a picture, of a slice what its mask says.
        maps: ``(n, 1, h, w)`` in [0, 1], on the grid of the figures.
        masks: bool ``(n, 1, h, w)``, on the same grid.
        slices: ``(n,)`` their numbers.
    """

    item: dict[str, Any]
    image: Tensor
    scores: Tensor
    peaks: Tensor
    labels: Tensor
    maps: Tensor
    masks: Tensor
    slices: Tensor


class BenchmarkEvaluator(SupervisedEvaluator):
    """Runs a :class:`~acd_monai.inferers.SliceAnomalyInferer` over labelled images, several at a time.

    After an iteration ``engine.state.output`` is a list of :class:`ScoredImage`, and ``engine.state.batch`` the list of
    the items as the data set gave them, among them those that could not be read.

    Args:
        grid: where maps and masks are compared.
        arguments: of MONAI's SupervisedEvaluator; the loader gives lists of items.
    """

    def __init__(self, *, grid: EvaluationGrid, **arguments: Any) -> None:
        super().__init__(**arguments, decollate=False)
        self.grid = grid

    def run(self, global_epoch: int = 1) -> None:  # type: ignore[override]  # as MONAI's Evaluator has it
        """Score every image of the loader.

        Raises:
            InputError: there is none.
        """
        if len(cast("Any", self.data_loader).dataset) == 0:
            raise InputError("no images to evaluate; pass the root folder of the data set with --dataset_dir")
        super().run(global_epoch)

    def _iteration(self, engine: SupervisedEvaluator, batchdata: Any) -> Any:
        items = [item for item in batchdata if FAILURE not in item]
        for item in batchdata:
            if FAILURE in item:
                logger.warning("in no figure: %s: %s", item["name"], item[FAILURE])
        with engine.mode(engine.network):
            engine.state.output = self._score(items)
        engine.fire_event(IterationEvents.FORWARD_COMPLETED)
        engine.fire_event(IterationEvents.MODEL_COMPLETED)
        return engine.state.output

    def _score(self, items: Sequence[dict[str, Any]]) -> list[ScoredImage]:
        inferer, network = cast("SliceAnomalyInferer", self.inferer), cast("AnomalyDetector", self.network)
        images = [item[Keys.IMAGE] for item in items]
        nouns = [item["noun_index"] for item in items]
        names = [item["name"] for item in items]
        parts: list[list[tuple[Tensor, ...]]] = [[] for _ in items]
        for volume, slices, fit, prediction in inferer.score_slices(images, network, nouns, names):
            masks = items[volume]["mask"].as_tensor()[..., slices].movedim(-1, 0)
            maps = self.grid.maps(prediction.anomaly_map, fit)
            peaks = prediction.anomaly_map.amax(dim=(1, 2, 3))
            parts[volume].append((prediction.score, peaks, maps, self.grid.masks(masks.to(maps.device), fit), slices))
        scored = []
        for item, image, some in zip(items, images, parts, strict=True):
            if not some:
                continue  # a volume without foreground: nothing in it was scored
            scores, peaks, maps, masks, slices = (torch.cat(column) for column in zip(*some, strict=True))
            if image.meta.get("kind") == "frame":
                labels = torch.tensor([item[Keys.LABEL]])
            else:
                labels = item["mask"].as_tensor()[..., slices].flatten(0, 2).amax(dim=0).long()
            pixels = image.as_tensor()[..., slices]
            scored.append(ScoredImage(item, pixels, scores, peaks, labels, maps, masks, slices))
        return scored
