"""The last and the best adapters of a run, with what they were trained on."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ignite.distributed as idist
from ignite.engine import Events
from monai.engines import SupervisedEvaluator, SupervisedTrainer
from torch import nn

from acd_monai.data import TrainingRecord
from acd_monai.errors import ConfigError
from acd_monai.networks import AnomalyNetwork
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.reports import save_whole, written_whole

__all__ = ["AdapterKeeper"]

logger = logging.getLogger(__name__)


class AdapterKeeper:
    """Writes ``adapters_last.safetensors`` after each epoch, ``adapters_best.safetensors`` after the best validation.

    Beside them ``model_last.pt`` and ``model.pt`` hold the same tensors as MONAI's checkpoints do, under ``model``.
    It can stop a run that has not become better for some validations.

    Args:
        output_dir: the run's folder.
        adapters: what is trained.
        datasets: what it is trained on, see :class:`~acd_monai.data.TrainingRecord`.
        images: the files.
        seed: of the run.
        network: what the adapters belong to: what its weights were trained on before counts too.
        evaluator: its key metric, the higher the better, finds the best; None: there is no validation.
        validation: the metric and what it is computed on, in words.
        patience: validations without a better one after which the run stops; None: never.

    Raises:
        ConfigError: a patience without validation, or below 1.
    """

    def __init__(
        self,
        output_dir: str,
        adapters: nn.Module,
        *,
        datasets: Sequence[Mapping[str, Any]],
        images: Sequence[str],
        seed: int,
        network: AnomalyNetwork,
        evaluator: SupervisedEvaluator | None = None,
        validation: str = "",
        patience: int | None = None,
    ) -> None:
        if patience is not None and (patience < 1 or evaluator is None):
            raise ConfigError(
                f"early stopping after {patience} validations {'without a validation set' if patience > 0 else ''}; "
                "wanted 1 or more, and a set to validate on: name one with --validation-dataset"
            )
        self.folder = Path(output_dir)
        self.adapters = adapters
        self.datasets, self.images, self.seed = datasets, [Path(image) for image in images], seed
        self.network = network
        self.made_by = {"method": type(network).__name__, "settings": network.settings()}
        self.evaluator, self.validation, self.patience = evaluator, validation, patience
        self.best_score, self.best_epoch, self.waited = -math.inf, 0, 0
        self.record: TrainingRecord | None = None
        self._own: TrainingRecord | None = None

    def attach(self, engine: SupervisedTrainer) -> None:
        """Hook the handler into a trainer, after the validation."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.EPOCH_COMPLETED, self._end_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run must know of the best so far."""
        return {"best_score": self.best_score, "best_epoch": self.best_epoch, "waited": self.waited}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the best of an earlier run."""
        self.best_score, self.best_epoch, self.waited = state["best_score"], state["best_epoch"], state["waited"]

    def _start(self, engine: SupervisedTrainer) -> None:
        self._stop_if_in_vain(engine)  # as the run did that is resumed
        if idist.get_rank() == 0:
            self.record = self._make_record()  # anew each time: between two runs weights may come from elsewhere

    def _make_record(self) -> TrainingRecord:
        if self._own is None:
            self._own = TrainingRecord.of(
                self.datasets, self.images, epoch_rule="last", epoch=0, seed=self.seed, progress=True
            )
        before = TrainingRecord.from_notes(self.network.notes)
        if before is not None:
            return self._own.after(before)
        provenance = self.network.provenance
        return self._own.after_unknown(provenance.source) if provenance.trained else self._own

    def _end_epoch(self, engine: SupervisedTrainer) -> None:
        epoch = engine.state.epoch
        self._write("adapters_last", "model_last", "last", epoch)
        if self.evaluator is None or self.evaluator.state.epoch != epoch:
            return
        score = float(self.evaluator.state.metrics[self.evaluator.state.key_metric_name])
        if score > self.best_score:
            self.best_score, self.best_epoch, self.waited = score, epoch, 0
            self._write("adapters_best", "model", f"best {self.validation}", epoch)
        else:  # NaN, undefined, is no better
            self.waited += 1
            self._stop_if_in_vain(engine)

    def _stop_if_in_vain(self, engine: SupervisedTrainer) -> None:
        if self.patience is not None and self.waited >= self.patience:
            logger.info("stopped early: no better validation since epoch %d", self.best_epoch)
            engine.terminate()

    def _write(self, adapters: str, model: str, rule: str, epoch: int) -> None:
        if self.record is None:
            return
        record = dataclasses.replace(self.record, epoch_rule=rule, epoch=epoch)
        state = self.adapters.state_dict()
        with written_whole(self.folder / f"{adapters}.safetensors") as part:
            write_adapters(part, state, {**self.made_by, "epoch": epoch, **record.to_notes()})
        save_whole({"model": state}, self.folder / f"{model}.pt")
