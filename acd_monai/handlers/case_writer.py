"""Writes what a person opens after each case: map, summary, preview, and one table for the run."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from ignite.engine import Events
from monai.utils.enums import CommonKeys as Keys

from acd_monai.data.case_dataset import FAILURE, failure_reason
from acd_monai.engines.case_evaluator import SLICE_SCORES, VIDEO_PREDICTION, CaseEvaluator
from acd_monai.errors import CasesFailedError, ConfigError, OutputError
from acd_monai.handlers.case_result import CaseResult
from acd_monai.handlers.video_result import VideoResult
from acd_monai.networks import AnomalyDetector
from acd_monai.reports import (
    CaseSummary,
    ResultRow,
    write_map,
    write_results,
    write_summary,
)

__all__ = ["CaseWriter", "UNTRAINED"]

logger = logging.getLogger(__name__)

UNTRAINED = "UNTRAINED MODEL: these maps mean nothing, they only show that the software runs"


class CaseWriter:
    """An ignite handler for :class:`~acd_monai.engines.CaseEvaluator`.

    Per case it writes ``<case>_anomaly.nii.gz``, ``<case>_summary.json`` and ``<case>_preview.png`` (of a video also
    ``<case>_timeline.csv`` and ``.png``), each whole or not at all, and keeps ``results.csv`` up to date. A case that
    fails is a row with its reason.

    Args:
        output_dir: where everything goes; made if missing.
        domain: name of the domain, for the summary.
        plane: the plane the volumes were sliced in, see ``transforms/slice_plane.py``.
        threshold: in [0, 1]; voxels at or above it form components.
        modalities: DICOM modalities that belong to the domain; another one is a warning. Empty: any.

    Raises:
        ConfigError: the threshold is out of range.
        OutputError: the folder cannot be made.
    """

    def __init__(
        self, output_dir: str | Path, *, domain: str, plane: str, threshold: float, modalities: Sequence[str] = ()
    ) -> None:
        if not 0 <= threshold <= 1:
            raise ConfigError(f"threshold is {threshold}; wanted a number in [0, 1]")
        self.output_dir = Path(output_dir).expanduser().resolve()
        self.domain = domain
        self.plane = plane
        self.threshold = float(threshold)
        self.modalities = tuple(modalities)
        self.rows: list[ResultRow] = []
        self._since = 0.0
        try:
            self.output_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot make the output folder {output_dir}: {error.strerror}; choose another"
            ) from error

    def attach(self, engine: CaseEvaluator) -> None:
        """Hook the handler into an evaluator."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.GET_BATCH_STARTED, self._start_clock)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._write_case)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def raise_if_failed(self) -> None:
        """Raise CasesFailedError when any case of the run failed."""
        failed = [row.case for row in self.rows if row.status == "failed"]
        if failed:
            more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
            raise CasesFailedError(
                f"{len(failed)} of {len(self.rows)} cases failed ({', '.join(failed[:5])}{more}); "
                f"the reasons are in {self.output_dir / 'results.csv'}"
            )

    def _start(self, engine: CaseEvaluator) -> None:
        self.rows.clear()
        if not cast("AnomalyDetector", engine.network).trained:
            logger.warning(UNTRAINED)

    def _start_clock(self, engine: CaseEvaluator) -> None:
        self._since = time.monotonic()

    def _write_case(self, engine: CaseEvaluator) -> None:
        state: Any = engine.state
        batch, output = state.batch, state.output[0]
        case = batch[0]["case"] if isinstance(batch, list) else batch["case"][0]
        if FAILURE in output:
            row = ResultRow(case, "failed", reason=output[FAILURE], seconds=time.monotonic() - self._since)
        else:
            result = (
                VideoResult(output[VIDEO_PREDICTION])
                if VIDEO_PREDICTION in output
                else CaseResult(batch[0][Keys.IMAGE], output[Keys.PRED], output[SLICE_SCORES], self.plane)
            )
            row = self._write_outputs(case, result, cast("AnomalyDetector", engine.network).describe())
        self.rows.append(row)
        write_results(self.rows, self.output_dir / "results.csv")
        if row.status == "failed":
            logger.error("case %d, %s: FAILED: %s", len(self.rows), case, row.reason)
        else:
            score = "–" if row.case_score is None else f"{row.case_score:.3f}"
            logger.info("case %d, %s: score %s, %.1f s, %s", len(self.rows), case, score, row.seconds, row.map)

    def _write_outputs(self, case: str, result: CaseResult | VideoResult, model: dict[str, Any]) -> ResultRow:
        try:
            anomaly_map, source, scores = result.anomaly_map(), result.source(), result.slice_scores()
            alert = None if model["trained"] else UNTRAINED
            warnings = [*([alert] if alert else []), *result.warnings(), *self._check_modality(source.modality)]
            components = result.components(anomaly_map, self.threshold)
            names = {
                "anomaly_map": f"{case}_anomaly.nii.gz",
                "summary": f"{case}_summary.json",
            }
            write_map(anomaly_map, source.affine, self.output_dir / names["anomaly_map"], alert=alert)
            notes = [_model_line(model), *warnings[1 if alert else 0 :]]
            names |= result.write_pictures(
                self.output_dir, case, f"{case} · {self.domain}", self.threshold, notes, alert
            )
            case_score = _highest(scores.scores)
            summary = CaseSummary(
                case=case,
                case_score=math.nan if case_score is None else case_score,
                threshold=self.threshold,
                slices=scores,
                components=components,
                source=source,
                domain=self.domain,
                model=model,
                seconds=time.monotonic() - self._since,
                warnings=warnings,
                outputs=names,
                video=result.facts(),
            )
            write_summary(summary, self.output_dir / names["summary"])
        except OutputError:
            raise
        except Exception as error:  # one bad case must not end the run; it is named in the results
            return ResultRow(case, "failed", reason=failure_reason(error), seconds=time.monotonic() - self._since)
        return ResultRow(
            case,
            "ok",
            case_score=case_score,
            components=components.total,
            volume_mm3=components.total_volume_mm3 if source.kind == "volume" else None,
            top_slice=None if case_score is None else int(np.nanargmax(scores.scores)),
            seconds=time.monotonic() - self._since,
            warnings=tuple(warnings),
            map=names["anomaly_map"],
        )

    def _check_modality(self, modality: str) -> list[str]:
        if not modality or not self.modalities or modality in self.modalities:
            return []
        return [f"modality is {modality}; domain {self.domain} is made for {' or '.join(self.modalities)}"]

    def _finish(self, engine: CaseEvaluator) -> None:
        done = sum(row.status == "ok" for row in self.rows)
        logger.info("done: %d of %d; results in %s", done, len(self.rows), self.output_dir)


def _highest(scores: Sequence[float] | np.ndarray) -> float | None:
    return np.nanmax(scores) if np.isfinite(scores).any() else None


def _model_line(model: dict[str, Any]) -> str:
    return f"{model['method']} on backbone {model['backbone']}, {model['image_size']} px · noun '{model['nouns'][0]}'"
