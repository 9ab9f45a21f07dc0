"""What happens before, during and after a run."""

from __future__ import annotations

from acd_monai.handlers.adapter_keeper import AdapterKeeper
from acd_monai.handlers.benchmark_figures import BenchmarkFigures
from acd_monai.handlers.case_writer import CaseWriter
from acd_monai.handlers.cohort_progress import CohortProgress
from acd_monai.handlers.evaluation_writer import EvaluationWriter
from acd_monai.handlers.finite_guard import FiniteGuard
from acd_monai.handlers.gradient_clip import GradientClip
from acd_monai.handlers.loss_table import LossTable
from acd_monai.handlers.protocol_guard import ProtocolGuard
from acd_monai.handlers.shown_maps import ShownMaps
from acd_monai.handlers.threshold_calibrator import ThresholdCalibrator
from acd_monai.handlers.training_progress import TrainingProgress
from acd_monai.handlers.training_state import TrainingState
from acd_monai.handlers.validation_table import ValidationTable

__all__ = [
    "AdapterKeeper",
    "BenchmarkFigures",
    "CaseWriter",
    "CohortProgress",
    "EvaluationWriter",
    "FiniteGuard",
    "GradientClip",
    "LossTable",
    "ProtocolGuard",
    "ShownMaps",
    "ThresholdCalibrator",
    "TrainingProgress",
    "TrainingState",
    "ValidationTable",
]
