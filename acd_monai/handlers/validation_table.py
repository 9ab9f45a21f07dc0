"""``validation.csv``: the figures of every validation of a run."""

from __future__ import annotations

import logging
from pathlib import Path

import ignite.distributed as idist
from ignite.engine import Events
from monai.engines import SupervisedEvaluator

from acd_monai.handlers.benchmark_figures import BenchmarkFigures
from acd_monai.reports import GrowingTable
from acd_monai.reports.evaluation import FIGURES

__all__ = ["ValidationTable"]

logger = logging.getLogger(__name__)


class ValidationTable:
    """Writes a row for each validation, the means over classes; a resumed run replaces what it does again.

    Args:
        output_dir: the run's folder.
        figures: of the evaluator.
    """

    def __init__(self, output_dir: str, figures: BenchmarkFigures) -> None:
        self.table = GrowingTable(Path(output_dir) / "validation.csv", ("epoch", *FIGURES))
        self.figures = figures

    def attach(self, engine: SupervisedEvaluator) -> None:
        """Hook the handler into an evaluator."""
        if idist.get_rank() == 0:
            engine.add_event_handler(Events.COMPLETED, self._write)

    def _write(self, engine: SupervisedEvaluator) -> None:
        values = {name: figure.value for name, figure in self.figures.mean.items()}
        self.table.keep_up_to(engine.state.epoch - 1)
        self.table.append(engine.state.epoch, *(values.get(name, float("nan")) for name in FIGURES))
        shown = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
        logger.info("validation after epoch %d: %s", engine.state.epoch, shown)
