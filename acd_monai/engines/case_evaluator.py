"""A SupervisedEvaluator that scores cases one by one and goes on past those that fail."""

from __future__ import annotations

from typing import Any, cast

from monai.data import DataLoader
from monai.engines import SupervisedEvaluator
from monai.engines.utils import IterationEvents
from monai.utils.enums import CommonKeys as Keys

from acd_monai.data.case_dataset import DONE, FAILURE, VIDEO, failure_reason
from acd_monai.errors import ConfigError, InputError
from acd_monai.inferers import SliceAnomalyInferer, VideoAnomalyInferer, VideoPrediction
from acd_monai.networks import AnomalyDetector

__all__ = ["SLICE_SCORES", "VIDEO_PREDICTION", "CaseEvaluator"]

SLICE_SCORES = "slice_scores"
VIDEO_PREDICTION = "video_prediction"


class CaseEvaluator(SupervisedEvaluator):
    """Runs a :class:`~acd_monai.inferers.SliceAnomalyInferer` over a loader of single cases.

    After an iteration ``engine.state.output`` is a list with one dictionary: ``pred`` (the map, after
    postprocessing) and ``slice_scores`` ``(slices,)``, or ``failure`` with the reason, or ``done``. With a map,
    ``engine.state.batch`` is a list with the case's ``image`` in slice orientation.
    The volume is not moved to the device; the inferer moves its slices.

    Of a video the output is ``video_prediction``, a :class:`~acd_monai.inferers.VideoPrediction`; it passes no
    postprocessing, its frames were never turned.

    Args:
        video_inferer: scores the cases that are videos; without one they fail.
        arguments: of MONAI's SupervisedEvaluator.
    """

    def __init__(self, *, video_inferer: VideoAnomalyInferer | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.video_inferer = video_inferer

    def run(self, global_epoch: int = 1) -> None:  # type: ignore[override]  # as MONAI's Evaluator has it
        """Score every case of the loader.

        Args:
            global_epoch: as for MONAI's Evaluator.

        Raises:
            InputError: there is none.
            ConfigError: the loader does not give one case at a time.
        """
        loader = cast("DataLoader", self.data_loader)
        if loader.batch_size != 1:
            raise ConfigError(
                f"the data loader gives {loader.batch_size} cases at a time; wanted 1, since volumes differ in size "
                "(batch_size sets how many slices are scored at once)"
            )
        if len(loader) == 0:
            raise InputError(
                "no input given; pass a study, volume, picture or video, or a folder of them, with --dataset_dir"
            )
        super().run(global_epoch)

    def _iteration(self, engine: SupervisedEvaluator, batchdata: dict[str, Any]) -> Any:
        if DONE in batchdata:
            return [{DONE: True}]
        if FAILURE in batchdata:
            return [{FAILURE: batchdata[FAILURE][0]}]
        try:
            inferer = cast("SliceAnomalyInferer", engine.inferer)
            network = cast("AnomalyDetector", engine.network)
            if VIDEO in batchdata:
                return [{VIDEO_PREDICTION: self._score_video(batchdata[VIDEO][0], network)}]
            with engine.mode(engine.network):
                prediction = inferer.predict(batchdata[Keys.IMAGE], network)
            engine.state.output = {Keys.PRED: prediction.anomaly_map, SLICE_SCORES: prediction.slice_scores}
            engine.fire_event(IterationEvents.FORWARD_COMPLETED)
            engine.fire_event(IterationEvents.MODEL_COMPLETED)
        except Exception as error:  # one bad case must not end the run; it is named in the results
            return [{FAILURE: failure_reason(error)}]
        return engine.state.output

    def _score_video(self, path: str, network: AnomalyDetector) -> VideoPrediction:
        if self.video_inferer is None:
            raise ConfigError("videos need a video_inferer; give the evaluator of the config one")
        with self.mode(network):
            return self.video_inferer.predict(path, network)
