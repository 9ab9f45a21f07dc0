"""A bar for a whole training run on a terminal: which step, the loss, and how long it will still take."""

from __future__ import annotations

from contextlib import ExitStack

import ignite.distributed as idist
from ignite.engine import Events
from monai.engines import SupervisedTrainer
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

__all__ = ["TrainingProgress"]


class TrainingProgress:
    """An ignite handler for a trainer; steps done before a resume count as done, not as fast.

    Args:
        enabled: False never shows it; elsewhere than on a terminal nothing is shown either.
    """

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.bar: tqdm | None = None
        self._open = ExitStack()

    def attach(self, engine: SupervisedTrainer) -> None:
        """Hook the handler into a trainer."""
        if self.enabled and idist.get_rank() == 0:
            engine.add_event_handler(Events.STARTED, self._start)
            engine.add_event_handler(Events.ITERATION_COMPLETED, self._step)
            engine.add_event_handler(Events.COMPLETED, self._stop)
            engine.add_event_handler(Events.EXCEPTION_RAISED, self._stop_and_raise)

    def _start(self, engine: SupervisedTrainer) -> None:
        total = engine.state.max_epochs * engine.state.epoch_length
        bar = tqdm(total=total, initial=engine.state.iteration, unit="step", smoothing=0.05, leave=False, disable=None)
        self.bar = self._open.enter_context(bar)
        if not bar.disable:
            self._open.enter_context(logging_redirect_tqdm())

    def _step(self, engine: SupervisedTrainer) -> None:
        if self.bar is not None and not self.bar.disable:
            self.bar.set_description(f"epoch {engine.state.epoch}/{engine.state.max_epochs}", refresh=False)
            self.bar.set_postfix(loss=f"{engine.state.output[0]['loss']:.4f}", refresh=False)
            self.bar.update()

    def _stop(self, engine: SupervisedTrainer) -> None:
        self._open.close()
        self.bar = None

    def _stop_and_raise(self, engine: SupervisedTrainer, error: BaseException) -> None:
        self._stop(engine)
        raise error  # ignite would take it for dealt with
