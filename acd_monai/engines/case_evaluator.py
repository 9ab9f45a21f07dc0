"""A SupervisedEvaluator that scores cases one by one and goes on past those that fail."""

from __future__ import annotations

from typing import Any

from monai.engines import SupervisedEvaluator
from monai.engines.utils import IterationEvents
from monai.utils.enums import CommonKeys as Keys

from acd_monai.data.case_dataset import FAILURE, failure_reason

__all__ = ["SLICE_SCORES", "CaseEvaluator"]

SLICE_SCORES = "slice_scores"


class CaseEvaluator(SupervisedEvaluator):
    """Runs a :class:`~acd_monai.inferers.SliceAnomalyInferer` over a loader of single cases.

    After an iteration ``engine.state.output`` is a list with one dictionary: ``image`` (in slice orientation),
    ``pred`` (the map, after postprocessing), ``slice_scores`` ``(slices,)``; or ``failure`` with the reason.
    The volume is not moved to the device; the inferer moves its slices.
    """

    def _iteration(self, engine: SupervisedEvaluator, batchdata: dict[str, Any]) -> list[dict[str, Any]]:
        if FAILURE in batchdata:
            return [{FAILURE: batchdata[FAILURE][0]}]
        try:
            image = batchdata[Keys.IMAGE]
            with engine.mode(engine.network):
                prediction = engine.inferer.predict(image, engine.network)
            engine.state.output = {
                Keys.IMAGE: image,
                Keys.PRED: prediction.anomaly_map,
                SLICE_SCORES: prediction.slice_scores,
            }
            engine.fire_event(IterationEvents.FORWARD_COMPLETED)
            engine.fire_event(IterationEvents.MODEL_COMPLETED)
        except Exception as error:  # one bad case must not end the run; it is named in the results
            return [{FAILURE: failure_reason(error)}]
        return engine.state.output
