"""A bar for the whole run on a terminal: which case, of how many, and how long it will still take."""

from __future__ import annotations

from contextlib import ExitStack

from ignite.engine import Events
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from acd_monai.data.case_dataset import DONE
from acd_monai.engines.case_evaluator import CaseEvaluator

__all__ = ["CohortProgress"]


class CohortProgress:
    """An ignite handler for :class:`~acd_monai.engines.CaseEvaluator`.

    Log lines appear above the bar. Cases that an earlier run did count as done from the start, so that they do not
    make the forecast rosy. Nothing is shown for a single case, nor where standard error is not a terminal.

    Args:
        enabled: False never shows it.
    """

    def __init__(self, enabled: bool = True) -> None:
        self.enabled = enabled
        self.bar: tqdm | None = None
        self._open = ExitStack()

    def attach(self, engine: CaseEvaluator) -> None:
        """Hook the handler into an evaluator; after the CaseWriter, whose log line comes first then."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._step)
        engine.add_event_handler(Events.COMPLETED, self._stop)
        engine.add_event_handler(Events.EXCEPTION_RAISED, self._stop_and_raise)

    def _start(self, engine: CaseEvaluator) -> None:
        self._stop(engine)
        total = engine.state.epoch_length or 0
        if total > 1:
            # smoothing=0: the forecast is the mean of this run, as studies differ much.
            off = None if self.enabled else True
            bar = tqdm(total=total, desc="cases", unit="case", smoothing=0, leave=False, position=0, disable=off)
            self.bar = self._open.enter_context(bar)
            if not bar.disable:
                self._open.enter_context(logging_redirect_tqdm())

    def _step(self, engine: CaseEvaluator) -> None:
        if self.bar is None or self.bar.disable:
            return
        if DONE in engine.state.output[0]:
            self.bar.initial += 1
            self.bar.n += 1
        else:
            self.bar.update()

    def _stop(self, engine: CaseEvaluator) -> None:
        self._open.close()
        self.bar = None

    def _stop_and_raise(self, engine: CaseEvaluator, error: BaseException) -> None:
        self._stop(engine)
        raise error  # ignite would take it for dealt with
