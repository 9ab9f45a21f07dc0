"""Writes what a person opens after each case, and one table for the run."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from ignite.engine import Events
from monai.data import DataLoader
from monai.utils.enums import CommonKeys as Keys

from acd_monai import __version__
from acd_monai.data.case_dataset import DONE, FAILURE, CaseDataset, failure_reason
from acd_monai.data.source_stamp import stamp_source
from acd_monai.engines.case_evaluator import SLICE_SCORES, VIDEO_PREDICTION, CaseEvaluator
from acd_monai.errors import CasesFailedError, OutputError, RunStoppedError
from acd_monai.handlers.case_result import CaseResult
from acd_monai.handlers.video_result import VideoResult
from acd_monai.handlers.view_of_case import view_of_case
from acd_monai.networks import AnomalyDetector
from acd_monai.reports import (
    Fingerprint,
    ResultRow,
    Threshold,
    discard_case,
    find_finished,
    hash_of,
    prepare_output_folder,
    write_results,
)
from acd_monai.reports.html import RunPage
from acd_monai.reports.outputs import choose_outputs, write_outputs

__all__ = ["CaseWriter"]

logger = logging.getLogger(__name__)

RESULTS = "results.csv"


class CaseWriter:
    """An ignite handler for :class:`~acd_monai.engines.CaseEvaluator`.

    Per case it writes the outputs asked for (see ``docs/outputs.md``), each file whole or not at all and
    ``<case>_summary.json`` last, and keeps ``results.csv``, and ``index.html`` beside pages, up to date. A case that
    fails is a row with its reason, and has no files. An output that cannot be made of a case is a warning.

    A case whose summary is there, made of the same files in the same way, is not done again: see ``docs/cohorts.md``.

    Args:
        output_dir: where everything goes; made if missing, and rid of what a killed run left half-written.
        domain: name of the domain, for the summary.
        plane: the plane the volumes were sliced in, see ``transforms/slice_plane.py``.
        threshold: voxels at or above it form components.
        modalities: DICOM modalities that belong to the domain; another one is a warning. Empty: any.
        outputs: names of what to write, as a list or separated by commas; None: the default ones.
        with_patient: name the patient in outputs that are read by people.
        overwrite: do every case again.
        made_with: everything else that changes the outputs, in any order: transforms, inferer, plain values. Cases are
            done again when it differs. The network and this handler's own arguments count without being named.
        progress: show on a terminal what is being written.

    Raises:
        ConfigError: an output of that name does not exist, or none of them could name the patient as asked.
        OutputError: the folder cannot be made or not be written to.
    """

    def __init__(
        self,
        output_dir: str | Path,
        *,
        domain: str,
        plane: str,
        threshold: Threshold,
        modalities: Sequence[str] = (),
        outputs: str | Sequence[str] | None = None,
        with_patient: bool = False,
        overwrite: bool = False,
        made_with: Sequence[Any] = (),
        progress: bool = True,
    ) -> None:
        self.outputs = choose_outputs(outputs, with_patient)
        self.output_dir = prepare_output_folder(str(output_dir))
        self.domain = domain
        self.plane = plane
        self.threshold = threshold
        self.modalities = tuple(modalities)
        self.with_patient = with_patient
        self.overwrite = overwrite
        self.made_with = tuple(made_with)
        self.progress = progress
        self._items: dict[str, dict[str, Any]] = {}
        self._rows: dict[str, ResultRow] = {}
        self._fingerprints: dict[str, Fingerprint] = {}
        self._since = 0.0
        self._page = RunPage(self.output_dir) if any(item.name == "html" for item in self.outputs) else None

    def attach(self, engine: CaseEvaluator) -> None:
        """Hook the handler into an evaluator."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.GET_BATCH_STARTED, self._start_clock)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._finish_case)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    @property
    def rows(self) -> list[ResultRow]:
        """One row for each case done so far, by this run or an earlier one, in the order of the input."""
        return [self._rows[case] for case in dict.fromkeys([*self._fingerprints, *self._rows]) if case in self._rows]

    def raise_if_failed(self) -> None:
        """Raise CasesFailedError when any case of the run failed."""
        failed = [row.case for row in self.rows if row.status == "failed"]
        if failed:
            more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
            raise CasesFailedError(
                f"{len(failed)} of {len(self.rows)} cases failed ({', '.join(failed[:5])}{more}); "
                f"the reasons are in {self.output_dir / RESULTS}"
            )

    def _start(self, engine: CaseEvaluator) -> None:
        network = cast("AnomalyDetector", engine.network)
        if network.caution:
            logger.warning(network.caution)
        self._rows, self._fingerprints, self._items = {}, {}, {}
        dataset = cast("DataLoader", engine.data_loader).dataset
        if isinstance(dataset, CaseDataset):
            self._items = {item["case"]: item for item in dataset.data}
            self._fingerprints = self._take_fingerprints(network)
            if not self.overwrite:
                self._take_up_finished_cases()
            dataset.done = frozenset(self._rows)
        self._write_tables(last=True)

    def _write_tables(self, last: bool) -> None:
        """Write the run's tables; the page, which takes longer, not after each of many cases unless it is the last."""
        rows = self.rows
        write_results(rows, self.output_dir / RESULTS)
        if self._page is not None:
            (self._page.write if last else self._page.update)(rows)

    def _take_fingerprints(self, network: AnomalyDetector) -> dict[str, Fingerprint]:
        model = hash_of(network.describe())
        given = (self.domain, self.plane, self.threshold.value, self.modalities, self.with_patient)
        settings = hash_of(*given, self.made_with)
        return {
            case: Fingerprint(__version__, model, settings, hash_of(stamp_source(item[Keys.IMAGE])))
            for case, item in self._items.items()
        }

    def _take_up_finished_cases(self) -> None:
        wanted = [output.name for output in self.outputs]
        for case, fingerprint in self._fingerprints.items():
            finished = find_finished(self.output_dir, case, fingerprint, wanted)
            if finished.summary is not None:
                self._rows[case] = ResultRow.of_summary(finished.summary)
            elif finished.reason:
                logger.info("%s is done again: %s", case, finished.reason)
        if self._rows:
            logger.info("%d of %d cases are done already", len(self._rows), len(self._fingerprints))

    def _start_clock(self, engine: CaseEvaluator) -> None:
        self._since = time.monotonic()

    def _finish_case(self, engine: CaseEvaluator) -> None:
        state: Any = engine.state
        batch, output = state.batch, state.output[0]
        if DONE in output:
            return
        case = batch[0]["case"] if isinstance(batch, list) else batch["case"][0]
        try:
            row = self._write_case(case, batch, output, cast("AnomalyDetector", engine.network))
            self._rows[case] = row
            self._write_tables(last=state.iteration == state.epoch_length)
        except OutputError as error:
            done = sum(row.status == "ok" for row in self._rows.values())
            raise RunStoppedError(
                f"{error} The run stopped at case {state.iteration} of {state.epoch_length}, {case}; {done} are done. "
                "Run the same command again for the rest."
            ) from error
        place = f"case {state.iteration} of {state.epoch_length}, {case}"
        if row.status == "failed":
            logger.error("%s: FAILED: %s", place, row.reason)
        else:
            score = "–" if row.case_score is None else f"{row.case_score:.3f}"
            logger.info("%s: score %s, %.1f s%s", place, score, row.seconds, f", {row.map}" if row.map else "")

    def _write_case(self, case: str, batch: Any, output: dict[str, Any], network: AnomalyDetector) -> ResultRow:
        """Write the files of one case and return its row; when that does not succeed, leave no file of it."""
        discard_case(self.output_dir, case)
        if FAILURE in output:
            return ResultRow(case, "failed", reason=output[FAILURE], seconds=time.monotonic() - self._since)
        try:
            return ResultRow.of_summary(self._write_outputs(case, self._result(batch, output), network.describe()))
        except BaseException as error:
            with suppress(OutputError):  # the error that brought us here says more
                discard_case(self.output_dir, case)
            if isinstance(error, OutputError) or not isinstance(error, Exception):
                raise
            # One bad case must not end the run; it is named in the results.
            return ResultRow(case, "failed", reason=failure_reason(error), seconds=time.monotonic() - self._since)

    def _result(self, batch: Any, output: dict[str, Any]) -> CaseResult | VideoResult:
        if VIDEO_PREDICTION in output:
            return VideoResult(output[VIDEO_PREDICTION])
        notes = tuple(str(batch[0].get("notes", "")).splitlines())
        return CaseResult(batch[0][Keys.IMAGE], output[Keys.PRED], output[SLICE_SCORES], self.plane, notes)

    def _write_outputs(self, case: str, result: CaseResult | VideoResult, model: dict[str, Any]) -> dict[str, Any]:
        """Write all files of a case and return its summary's content."""
        fingerprint = self._fingerprints.get(case)
        view = view_of_case(
            self._items.get(case, {"case": case}),
            result,
            threshold=self.threshold,
            domain=self.domain,
            modalities=self.modalities,
            model=model,
            fingerprint={} if fingerprint is None else fingerprint._asdict(),
            with_patient=self.with_patient,
        )
        return write_outputs(view, self.outputs, self.output_dir, self._since, self.progress)

    def _finish(self, engine: CaseEvaluator) -> None:
        rows = self.rows
        done = sum(row.status == "ok" for row in rows)
        logger.info("done: %d of %d; results in %s", done, len(rows), self.output_dir)
