"""What is written from the result of an evaluation on a benchmark: tables, curves, pictures, a page."""

from __future__ import annotations

from acd_monai.reports.evaluation.compare import Comparison, compare_runs
from acd_monai.reports.evaluation.comparison_text import comparison_csv, comparison_html, comparison_markdown
from acd_monai.reports.evaluation.examples_file import read_examples, write_examples
from acd_monai.reports.evaluation.methods_montage import write_methods_montage
from acd_monai.reports.evaluation.result import (
    FIGURES,
    ClassResult,
    Curve,
    EvaluationResult,
    Example,
    Figure,
    ImageScore,
)
from acd_monai.reports.evaluation.results_json import read_evaluation
from acd_monai.reports.evaluation.write import write_comparison, write_evaluation

__all__ = [
    "FIGURES",
    "ClassResult",
    "Comparison",
    "Curve",
    "EvaluationResult",
    "Example",
    "Figure",
    "ImageScore",
    "compare_runs",
    "comparison_csv",
    "comparison_html",
    "comparison_markdown",
    "read_evaluation",
    "read_examples",
    "write_comparison",
    "write_evaluation",
    "write_examples",
    "write_methods_montage",
]
