"""``losses.csv`` and ``loss_curve.png``: how the loss went, over all parts of an interrupted run."""

from __future__ import annotations

import logging
from pathlib import Path

import ignite.distributed as idist
import numpy as np
from ignite.engine import Events
from monai.engines import SupervisedTrainer

from acd_monai.engines.adapter_trainer import LOSSES
from acd_monai.reports import GrowingTable, write_loss_curve

__all__ = ["LossTable"]

logger = logging.getLogger(__name__)


class LossTable:
    """Writes a row for each step, and draws the curve after each epoch.

    A resumed run first drops the rows of steps that it does again: no step is missing and none is there twice.

    Args:
        output_dir: the run's folder.
    """

    def __init__(self, output_dir: str) -> None:
        self.folder = Path(output_dir)
        self.losses = GrowingTable(self.folder / "losses.csv", ("step", "epoch", *LOSSES))

    def attach(self, engine: SupervisedTrainer) -> None:
        """Hook the handler into a trainer."""
        if idist.get_rank() == 0:
            engine.add_event_handler(Events.STARTED, self._start)
            engine.add_event_handler(Events.ITERATION_COMPLETED, self._step)
            engine.add_event_handler(Events.EPOCH_COMPLETED, self._end_epoch)

    def _start(self, engine: SupervisedTrainer) -> None:
        self.losses.keep_up_to(engine.state.iteration)

    def _step(self, engine: SupervisedTrainer) -> None:
        output = engine.state.output[0]
        self.losses.append(engine.state.iteration, engine.state.epoch, *(output[name] for name in LOSSES))

    def _end_epoch(self, engine: SupervisedTrainer) -> None:
        rows = self.losses.rows()
        means = np.mean([row[2:] for row in rows if row[1] == engine.state.epoch], axis=0)
        line = "epoch %d of %d: loss %.4f (image %.4f, pixel %.4f)"
        logger.info(line, engine.state.epoch, engine.state.max_epochs, *means)
        write_loss_curve(rows, self.folder / "loss_curve.png")
