"""What happens after each case."""

from __future__ import annotations

from acd_monai.handlers.case_writer import CaseWriter

__all__ = ["CaseWriter"]
