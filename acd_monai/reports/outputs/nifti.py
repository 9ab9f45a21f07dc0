"""``nifti``: the anomaly map, for any viewer and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from acd_monai.reports.nifti_map import write_map
from acd_monai.reports.outputs.case_output import CaseOutput, Side
from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["NIFTI"]


def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    write_map(view.anomaly_map, view.summary.source.affine, paths["anomaly_map"], alert=view.alert)
    return ("anomaly_map",)


NIFTI = CaseOutput("nifti", {"anomaly_map": "_anomaly.nii.gz"}, _write, Side.VOLUMES)
