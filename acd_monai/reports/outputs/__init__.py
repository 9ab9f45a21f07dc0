"""The outputs of a case that can be asked for by name: one small file each, and the list of them in ``registry``."""

from __future__ import annotations

from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.case_view import CaseView, Picture
from acd_monai.reports.outputs.registry import DEFAULT_OUTPUTS, OUTPUTS, choose_outputs, possible_file_names
from acd_monai.reports.outputs.write import write_outputs

__all__ = [
    "DEFAULT_OUTPUTS",
    "OUTPUTS",
    "CaseOutput",
    "CaseView",
    "Picture",
    "choose_outputs",
    "possible_file_names",
    "write_outputs",
]
