"""Writes the report of an evaluation when it is over."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import ignite.distributed as idist
from ignite.engine import Events

from acd_monai.data import Benchmark, Sample
from acd_monai.data.benchmarks.sample import named_few
from acd_monai.data.case_dataset import FAILURE
from acd_monai.engines import BenchmarkEvaluator
from acd_monai.errors import CasesFailedError, ConfigError
from acd_monai.handlers.benchmark_figures import BenchmarkFigures
from acd_monai.handlers.over_processes import gather_lists
from acd_monai.handlers.protocol_guard import ProtocolGuard
from acd_monai.networks import AnomalyDetector
from acd_monai.reports import Threshold, prepare_output_folder
from acd_monai.reports.evaluation import EvaluationResult, Figure, write_evaluation

__all__ = ["EvaluationWriter"]

logger = logging.getLogger(__name__)

WIDEST_BOUND = 1e-4
"""Error of a streamed figure from which it is said."""


class EvaluationWriter:
    """An ignite handler for :class:`~acd_monai.engines.BenchmarkEvaluator`: ``report.html`` and what belongs to it.

    Args:
        output_dir: where everything goes; made if missing.
        figures: attached to the evaluator as its key metric.
        guard: looks at the training record before the first image.
        benchmark: what was evaluated on.
        samples: of it.
        split: of it.
        threshold: used for Dice and IoU.
        protocol: everything else that makes the figures what they are, plain values.
    """

    def __init__(
        self,
        output_dir: str | Path,
        *,
        figures: BenchmarkFigures,
        guard: ProtocolGuard,
        benchmark: Benchmark,
        samples: Sequence[Sample],
        split: str,
        threshold: Threshold,
        protocol: Mapping[str, Any],
    ) -> None:
        self.output_dir = Path(output_dir)
        self.figures = figures
        self.guard = guard
        self.benchmark = benchmark
        self.samples = samples
        self.split = split
        self.threshold = threshold
        self.protocol = dict(protocol)
        self.result: EvaluationResult | None = None
        self._failures: list[tuple[str, str]] = []
        self._contradictions: list[str] = []

    def attach(self, engine: BenchmarkEvaluator) -> None:
        """Hook the handler into an evaluator."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._note)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def raise_if_failed(self) -> None:
        """Raise CasesFailedError when an image could not be evaluated."""
        if self._failures:
            few = "; ".join(f"{name}: {reason}" for name, reason in self._failures[:3])
            raise CasesFailedError(
                f"{len(self._failures)} of {len(self.samples)} images could not be evaluated and are in no figure: "
                f"{few}"
            )

    def _start(self, engine: BenchmarkEvaluator) -> None:
        self.guard.check()  # again if weights were handed over since the workflow was made ready
        self._failures, self._contradictions = [], []
        self._check_apart()
        if idist.get_rank() == 0:
            prepare_output_folder(str(self.output_dir))
            caution = cast("AnomalyDetector", engine.network).caution
            if caution:
                logger.warning(caution)

    def _check_apart(self) -> None:
        """Keep the report's pictures from being read as images the next time, in a layout that takes any folder."""
        among = os.path.commonpath([sample.image.parent for sample in self.samples])
        if self.benchmark.layout == "folder" and self.output_dir.resolve().is_relative_to(Path(among).resolve()):
            raise ConfigError(
                f"the report is to be written to {self.output_dir}, among the images in {among}; wanted another place "
                "with -o"
            )

    def _note(self, engine: BenchmarkEvaluator) -> None:
        state = cast("Any", engine.state)
        self._failures += [(item["name"], item[FAILURE]) for item in state.batch if FAILURE in item]
        for scored in state.output:
            is_picture, item = scored.item["image"].meta.get("kind") == "frame", scored.item
            if is_picture and item["masked"] and bool(item["mask"].any()) != bool(item["label"]):
                self._contradictions.append(item["name"])

    def _finish(self, engine: BenchmarkEvaluator) -> None:
        self._failures = sorted(gather_lists(self._failures))
        self._contradictions = sorted(gather_lists(self._contradictions))
        if idist.get_rank() == 0:
            self.result = self._result(cast("AnomalyDetector", engine.network))
            write_evaluation(self.result, self.output_dir)
            logger.info("%s: %s", self.output_dir / "report.html", self._headline(self.result))

    def _result(self, network: AnomalyDetector) -> EvaluationResult:
        unread = [f"not evaluated: {name}: {reason}" for name, reason in self._failures]
        return EvaluationResult(
            benchmark=self.benchmark.name,
            title=self.benchmark.title,
            split=self.split,
            classes=self.figures.classes,
            mean=self.figures.mean,
            examples=self.figures.examples,
            model=network.describe(),
            protocol={
                **self.protocol,
                "threshold": self.threshold.value,
                "threshold_source": self.threshold.source,
                "bootstrap": self.figures.draws,
                "seed": self.figures.seed,
                "images_sha256": _hash_of_list(self.samples),
            },
            training=self.guard.training,
            overlap=[image.name for image in self.guard.overlap],
            warnings=[
                *filter(None, [network.caution]),
                *self.guard.warnings,
                *self.benchmark.differences(self.samples, self.split),
                *_contradictory(self._contradictions),
                *_wide_bounds(self.figures.mean),
                *unread,
            ],
            published={name: dict(figures) for name, figures in self.benchmark.published.items()},
        )

    @staticmethod
    def _headline(result: EvaluationResult) -> str:
        wanted = ("image_auroc", "image_ap", "pixel_auroc", "pixel_ap", "pixel_aupro")
        shown = [(name, result.mean[name].value) for name in wanted if name in result.mean]
        return ", ".join(f"{name} {'–' if value != value else f'{100 * value:.1f}'}" for name, value in shown)


def _contradictory(names: list[str]) -> list[str]:
    what = "label and mask disagree (abnormal without an abnormal pixel, or normal with one)"
    return [f"{what}, {len(names)} of the images: {named_few(names)}"] if names else []


def _wide_bounds(figures: Mapping[str, Figure]) -> list[str]:
    wide = [name for name, figure in figures.items() if figure.error_bound > WIDEST_BOUND]
    return (
        [
            f"{', '.join(wide)}: known to no better than {WIDEST_BOUND:g}, as very many scores lie close together; "
            "--pixel-metrics exact keeps every pixel"
        ]
        if wide
        else []
    )


def _hash_of_list(samples: Sequence[Sample]) -> str:
    """Tell one list of images from another: names, labels, classes and cases, not where the root lies."""
    lines = sorted(f"{sample.class_name}\t{sample.case}\t{sample.image.name}\t{sample.label}" for sample in samples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
