"""``summary``: the case in numbers; written last, so a case that has one is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from acd_monai.reports.outputs.case_output import CaseOutput, Side
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.summary import SUMMARY_ENDING, write_summary

__all__ = ["SUMMARY"]


def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    path = paths["summary"]
    write_summary(replace(view.summary, outputs={**view.summary.outputs, "summary": path.name}), path)
    return ("summary",)


SUMMARY = CaseOutput("summary", {"summary": SUMMARY_ENDING}, _write, Side.LAST)
