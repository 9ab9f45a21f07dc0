"""Finds the threshold for a model on normal cases alone, and stores it beside the model's weights."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from ignite.engine import Events
from monai.data import MetaTensor
from monai.utils.enums import CommonKeys as Keys

from acd_monai.data.case_dataset import FAILURE
from acd_monai.engines.case_evaluator import VIDEO_PREDICTION, CaseEvaluator
from acd_monai.errors import CasesFailedError, ConfigError, InputError
from acd_monai.metrics import FalsePositiveCurve
from acd_monai.networks import AnomalyDetector
from acd_monai.networks.shipped import is_shipped
from acd_monai.reports import StoredThreshold, store_threshold, threshold_file

__all__ = ["ThresholdCalibrator"]

logger = logging.getLogger(__name__)

_MM3_IN_ML = 1000.0
_VOLUME, _PICTURE = "mL", "% of the picture"


class ThresholdCalibrator:
    """An ignite handler for :class:`~acd_monai.engines.CaseEvaluator`, in place of the CaseWriter.

    The threshold is the lowest one at which what lies above it in a normal case is, on average over the cases, within
    the budget. No abnormal case and no label takes part.

    Args:
        budget: at least 0; of volumes in millilitres per case, of pictures in percent of their area.
        domain: what is scanned.
        scoring: how it is scored, see :func:`acd_monai.reports.choose_threshold`.
        weights: the method's weights file, beside which the threshold is stored.
        file: where to store it instead.

    Attributes:
        stored: the threshold found, once the run is over.

    Raises:
        ConfigError: no budget, a negative one, or neither weights nor a file.
    """

    def __init__(
        self,
        budget: float | None,
        *,
        domain: str,
        scoring: Mapping[str, Any],
        weights: str | Path | None,
        file: str | Path | None = None,
    ) -> None:
        if budget is None or not 0 <= budget < math.inf:
            raise ConfigError(
                f"the false-positive budget is {budget}; wanted --fp-budget, 0 or more: millilitres per normal volume, "
                "or percent of a normal picture's area"
            )
        if file is None and (weights is None or is_shipped(weights)):
            raise ConfigError(
                "a threshold is stored beside the weights, but not in the package; pass --weights, or a file with -o"
            )
        self.budget = float(budget)
        self.domain = domain
        self.scoring = dict(scoring)
        self.path = Path(file) if file is not None else threshold_file(cast("str", weights))
        self.stored: StoredThreshold | None = None
        self._failures: list[str] = []

    def attach(self, engine: CaseEvaluator) -> None:
        """Hook the handler into an evaluator."""
        engine.add_event_handler(Events.STARTED, self._start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self._add_case)
        engine.add_event_handler(Events.COMPLETED, self._finish)

    def raise_if_failed(self) -> None:
        """Raise CasesFailedError when a case could not be scored; the threshold is stored all the same."""
        if self._failures:
            raise CasesFailedError(
                f"{len(self._failures)} normal cases could not be scored and do not count: "
                f"{'; '.join(self._failures[:3])}"
            )

    def _start(self, engine: CaseEvaluator) -> None:
        self._curve = FalsePositiveCurve()
        self._units: dict[str, int] = {}
        self._failures = []

    def _add_case(self, engine: CaseEvaluator) -> None:
        state: Any = engine.state
        batch, output = state.batch, state.output[0]
        case = batch[0]["case"] if isinstance(batch, list) else batch["case"][0]
        if VIDEO_PREDICTION in output:
            output = {FAILURE: "a video has no threshold of its own; give its frames"}
        if FAILURE in output:
            self._failures.append(f"{case}: {output[FAILURE]}")
            return
        pred: MetaTensor = output[Keys.PRED]
        is_picture = pred.meta.get("kind") == "frame"
        voxel_ml = abs(float(np.linalg.det(np.asarray(pred.affine)[:3, :3]))) / _MM3_IN_ML
        self._curve.update(pred.as_tensor().clamp(0, 1), 100 / pred.numel() if is_picture else voxel_ml)
        unit = _PICTURE if is_picture else _VOLUME
        self._units[unit] = self._units.get(unit, 0) + 1

    def _finish(self, engine: CaseEvaluator) -> None:
        if len(self._units) != 1:
            got = " and ".join(f"{count} in {unit}" for unit, count in self._units.items()) or "none"
            raise InputError(f"normal cases scored: {got}; wanted one or more, volumes or pictures, not both")
        unit, cases = next(iter(self._units.items()))
        model = cast("AnomalyDetector", engine.network).describe()
        value = self._curve.threshold(self.budget)
        self.stored = StoredThreshold(self.domain, value, self.budget, unit, cases, model, self.scoring)
        store_threshold(self.path, self.stored)
        logger.info("threshold %.6f: %s; stored in %s", value, self.stored.source(), self.path)
