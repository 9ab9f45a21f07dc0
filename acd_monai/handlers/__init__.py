"""What happens before, during and after a run."""

from __future__ import annotations

from acd_monai.handlers.benchmark_figures import BenchmarkFigures
from acd_monai.handlers.case_writer import CaseWriter
from acd_monai.handlers.cohort_progress import CohortProgress
from acd_monai.handlers.evaluation_writer import EvaluationWriter
from acd_monai.handlers.protocol_guard import ProtocolGuard
from acd_monai.handlers.threshold_calibrator import ThresholdCalibrator

__all__ = [
    "BenchmarkFigures",
    "CaseWriter",
    "CohortProgress",
    "EvaluationWriter",
    "ProtocolGuard",
    "ThresholdCalibrator",
]
