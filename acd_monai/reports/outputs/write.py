"""All outputs of one case, on two threads.

On one side the outputs that draw, as matplotlib is for one thread at a time; on the other those of whole volumes, which
compress and write outside of Python's lock. Each side writes one after the other, in the order of the registry.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock
from typing import Any

from tqdm import tqdm

from acd_monai.errors import OutputSkippedError
from acd_monai.reports.outputs.case_output import CaseOutput, Side
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.summary import CaseSummary, summary_to_json

__all__ = ["write_outputs"]

logger = logging.getLogger(__name__)


def write_outputs(
    view: CaseView, outputs: Sequence[CaseOutput], folder: Path, since: float, progress: bool = True
) -> dict[str, Any]:
    """Write a case's outputs; one that cannot be made of this case is a warning, and the others are written.

    Args:
        view: the case.
        outputs: see :func:`~acd_monai.reports.outputs.choose_outputs`.
        folder: where they go.
        since: ``time.monotonic()`` when work on the case began.
        progress: show on a terminal which outputs are being written.

    Returns:
        The content of the case's summary, whether or not it is among the outputs.

    Raises:
        OutputError: a file cannot be written. No output is begun after that, and none is being written any more.
    """
    view = replace(view, summary=replace(view.summary, outputs={}, outputs_asked_for=[item.name for item in outputs]))
    with _Bar(len(outputs), progress) as bar:
        beside = [[output for output in outputs if output.side is side] for side in (Side.VOLUMES, Side.PICTURES)]
        summary = _write_beside(view, beside, folder, bar)
        summary = replace(
            summary,
            outputs={
                role: summary.outputs[role] for output in outputs for role in output.endings if role in summary.outputs
            },
            seconds=time.monotonic() - since,
        )
        last = [output for output in outputs if output.side is Side.LAST]
        summary = _write_in_order(replace(view, summary=summary), last, folder, bar, Event())
    return summary_to_json(summary)


def _write_beside(view: CaseView, sides: Sequence[Sequence[CaseOutput]], folder: Path, bar: _Bar) -> CaseSummary:
    """Write the sides at once, each in its order, and return the summary with what all of them wrote."""
    stop = Event()
    with ThreadPoolExecutor(len(sides), "outputs") as pool:
        futures = [pool.submit(_write_in_order, view, side, folder, bar, stop) for side in sides]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:  # on a failure, or when the user stops the run, the other side ends with the output it is at
            stop.set()
        summaries = [future.result() for future in futures]
    known = len(view.summary.warnings)
    return replace(
        view.summary,
        outputs={role: name for summary in summaries for role, name in summary.outputs.items()},
        warnings=[*view.summary.warnings, *(line for summary in summaries for line in summary.warnings[known:])],
    )


def _write_in_order(view: CaseView, outputs: Sequence[CaseOutput], folder: Path, bar: _Bar, stop: Event) -> CaseSummary:
    """Write outputs one after the other until told to stop; each sees in the summary what those before it wrote."""
    summary = view.summary
    for output in outputs:
        if stop.is_set():
            break
        names = output.file_names(summary.case)
        with bar.writing(output.name):
            try:
                written = output.write(
                    replace(view, summary=summary), {role: folder / name for role, name in names.items()}
                )
                summary = replace(summary, outputs={**summary.outputs, **{role: names[role] for role in written}})
            except OutputSkippedError as error:
                line = f"no {output.name} output: {error}"
                logger.warning("%s: %s", summary.case, line)
                summary = replace(summary, warnings=[*summary.warnings, line])
    return summary


class _Bar:
    """Shows on a terminal which outputs are being written and how many are done; may be told by several threads.

    Args:
        total: outputs to write.
        shown: False: say nothing.
    """

    def __init__(self, total: int, shown: bool) -> None:
        self._bar = tqdm(total=total, unit="output", leave=False, disable=None if shown else True)
        self._lock = Lock()
        self._now: list[str] = []

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Say that an output is being written, as long as it is."""
        with self._lock:
            self._now.append(name)
            self._bar.set_description(f"writing {', '.join(self._now)}")
        try:
            yield
        finally:
            with self._lock:
                self._now.remove(name)
                self._bar.update()
