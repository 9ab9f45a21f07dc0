"""MONAI engines of this package."""

from __future__ import annotations

from acd_monai.engines.adapter_trainer import AdapterTrainer, TrainingBatch
from acd_monai.engines.benchmark_evaluator import BenchmarkEvaluator, ScoredImage
from acd_monai.engines.case_evaluator import CaseEvaluator

__all__ = ["AdapterTrainer", "BenchmarkEvaluator", "CaseEvaluator", "ScoredImage", "TrainingBatch"]
