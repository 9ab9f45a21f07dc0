"""Gathers the figures of one class of a benchmark while its images are scored."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import torch

from acd_monai.engines import ScoredImage
from acd_monai.handlers.over_processes import gather_lists
from acd_monai.metrics import (
    CaseSketches,
    PixelFigures,
    PixelScores,
    RankedGroups,
    Resamples,
    bootstrap_overlap,
    bootstrap_pixels,
    bootstrap_ranking,
    count_overlap,
    group_scores,
    overlap_figures,
    pr_points,
    rank_figures,
    rank_figures_of,
    region_weights,
    roc_points,
)
from acd_monai.reports.evaluation import ClassResult, Curve, Figure, ImageScore

__all__ = ["ClassFigures", "ClassScores", "Draws"]

ClassScores = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""As :meth:`acd_monai.networks.AnomalyNetwork.class_scores`."""

Draws = dict[str, Resamples]
"""Of each figure, its value in every draw of the bootstrap."""


class ClassFigures:
    """All figures of one class.

    Args:
        class_name: as the benchmark calls it.
        noun: what the prompts call it.
        pixels: empty, shared by the classes one after another: it is large.
        threshold: for Dice and IoU.
        draws: of the bootstrap; 0: no intervals.
        seed: of the bootstrap.
        class_scores: the method's image scores from those of all images; None: each image's own.
    """

    def __init__(
        self,
        class_name: str,
        noun: str,
        pixels: PixelScores,
        *,
        threshold: float,
        draws: int,
        seed: int,
        class_scores: ClassScores | None = None,
    ) -> None:
        self.class_name = class_name
        self.noun = noun
        self.pixels = pixels
        self.threshold = threshold
        self.draws = draws
        self.seed = seed
        self.class_scores = class_scores
        self._scores: list[tuple[ImageScore, float]] = []
        self._sketches = CaseSketches()
        self._overlap: list[tuple[str, tuple[int, ...]]] = []
        pixels.reset()

    def add(self, scored: ScoredImage) -> None:
        """Take in one file: a picture, or the slices of a volume."""
        item = scored.item
        is_stack = scored.item["image"].shape[-1] > 1
        for number, score, peak, label, anomaly_map, mask in zip(
            scored.slices.tolist(),
            scored.scores.tolist(),
            scored.peaks.tolist(),
            scored.labels.tolist(),
            scored.maps,
            scored.masks,
            strict=True,
        ):
            name = f"{item['name']}#slice={number}" if is_stack else item["name"]
            self._scores.append((ImageScore(name, item["case"], label, score), peak))
            if item["masked"]:
                self._add_pixels(item["case"], anomaly_map[0], mask[0])

    def _add_pixels(self, case: str, anomaly_map: torch.Tensor, mask: torch.Tensor) -> None:
        weights = region_weights(mask)
        self.pixels.update(anomaly_map, mask, weights)
        self._overlap.append((case, tuple(count_overlap(anomaly_map, mask, self.threshold).tolist())))
        if self.draws:
            self._sketches.add(case, anomaly_map, mask, weights)

    def finish(self) -> tuple[ClassResult, Draws]:
        """Return the figures over all processes; every process must call."""
        # Sorted, so that the order in which processes saw the images changes nothing.
        scores = self._final(sorted(gather_lists(self._scores)))
        overlap = sorted(gather_lists(self._overlap))
        image_groups = group_scores(*_scores_and_labels(scores))
        figures, draws = self._image_figures(scores, image_groups)
        more, more_draws = self._case_figures(scores)
        figures, draws = figures | more, draws | more_draws
        pixels, sketches = self.pixels.all_reduce(), self._sketches.all_gather()
        pixel_groups = pixels.groups()
        more, more_draws = self._pixel_figures(pixels.figures(groups=pixel_groups), sketches, overlap)
        figures, draws = figures | more, draws | more_draws
        curves = {
            "image_roc": roc_points(image_groups),
            "image_pr": pr_points(image_groups),
            "pixel_roc": roc_points(pixel_groups),
            "pixel_pr": pr_points(pixel_groups),
        }
        result = ClassResult(
            class_name=self.class_name,
            noun=self.noun,
            images=len(scores),
            abnormal=sum(image.label for image in scores),
            cases=len({image.case for image in scores}),
            with_masks=len(overlap),
            figures=figures,
            scores=scores,
            curves={name: Curve(*curve) for name, curve in curves.items() if len(curve.x)},
        )
        return result, draws

    def _final(self, own: Sequence[tuple[ImageScore, float]]) -> list[ImageScore]:
        """Return the method's scores of all images from their own and their maps' maxima."""
        images = [image for image, _ in own]
        if self.class_scores is None or not own:
            return images
        scores, peaks = torch.tensor([[image.score, peak] for image, peak in own], dtype=torch.float64).unbind(1)
        final = self.class_scores(scores, peaks).tolist()
        return [image._replace(score=score) for image, score in zip(images, final, strict=True)]

    def _image_figures(self, images: Sequence[ImageScore], groups: RankedGroups) -> tuple[dict[str, Figure], Draws]:
        ranking = rank_figures_of(groups)
        exact = {
            "image_auroc": ranking.auroc,
            "image_ap": ranking.average_precision,
            "image_f1_max": ranking.f1_max,
        }
        resampled = None
        if self.draws:
            values, labels = _scores_and_labels(images)
            resampled = bootstrap_ranking(values, labels, [image.case for image in images], self.draws, self.seed)
        return _figures(exact, resampled)

    def _case_figures(self, images: Sequence[ImageScore]) -> tuple[dict[str, Figure], Draws]:
        """A case is as anomalous as its most anomalous image, and abnormal when any of its images is."""
        cases: defaultdict[str, list[ImageScore]] = defaultdict(list)
        for image in images:
            cases[image.case].append(image)
        if len(cases) == len(images):
            return {}, {}  # every image is a case: nothing new
        values = np.array([max(image.score for image in of_case) for of_case in cases.values()])
        labels = np.array([max(image.label for image in of_case) for of_case in cases.values()])
        ranking = rank_figures(values, labels)
        exact = {"case_auroc": ranking.auroc, "case_ap": ranking.average_precision}
        resampled = None
        if self.draws:
            resampled = bootstrap_ranking(values, labels, list(cases), self.draws, self.seed)[:2]
        return _figures(exact, resampled)

    def _pixel_figures(
        self, found: PixelFigures, sketches: CaseSketches, overlap: Sequence[tuple[str, tuple[int, ...]]]
    ) -> tuple[dict[str, Figure], Draws]:
        if not overlap:
            return _figures(dict.fromkeys(_PIXEL_FIGURES, math.nan), None)
        cases, counts = [case for case, _ in overlap], torch.tensor([count for _, count in overlap])
        at_threshold = overlap_figures(counts.sum(dim=0))
        values = (found.auroc, found.average_precision, found.f1_max, found.aupro, *at_threshold)
        resampled = None
        if self.draws:
            resampled = (
                *bootstrap_pixels(sketches, found, self.draws, self.seed),
                *bootstrap_overlap(counts, cases, self.draws, self.seed),
            )
        figures, draws = _figures(dict(zip(_PIXEL_FIGURES, values, strict=True)), resampled)
        for name, bound in zip(_PIXEL_FIGURES, found.error_bound, strict=False):
            figures[name] = figures[name]._replace(error_bound=bound)
        return figures, draws


def _scores_and_labels(images: Sequence[ImageScore]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([image.score for image in images]), np.array([image.label for image in images])


_PIXEL_FIGURES = ("pixel_auroc", "pixel_ap", "pixel_f1_max", "pixel_aupro", "pixel_dice", "pixel_iou")


def _figures(exact: dict[str, float], resampled: Sequence[Resamples] | None) -> tuple[dict[str, Figure], Draws]:
    if resampled is None:
        return {name: Figure(value) for name, value in exact.items()}, {}
    draws = dict(zip(exact, resampled, strict=True))
    return {name: Figure(value, *draws[name].interval) for name, value in exact.items()}, draws
