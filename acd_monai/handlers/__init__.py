"""What happens after each case."""

from __future__ import annotations

from acd_monai.handlers.case_writer import CaseWriter
from acd_monai.handlers.cohort_progress import CohortProgress

__all__ = ["CaseWriter", "CohortProgress"]
