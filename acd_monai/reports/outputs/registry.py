"""All outputs that can be asked for, and which are written when nothing is said."""

from __future__ import annotations

from collections.abc import Sequence

from acd_monai.errors import ConfigError
from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.dicom import DICOM
from acd_monai.reports.outputs.html import HTML
from acd_monai.reports.outputs.nifti import NIFTI
from acd_monai.reports.outputs.preview import PREVIEW
from acd_monai.reports.outputs.report import REPORT
from acd_monai.reports.outputs.slicer import SLICER
from acd_monai.reports.outputs.summary import SUMMARY

__all__ = ["DEFAULT_OUTPUTS", "OUTPUTS", "choose_outputs", "possible_file_names"]

OUTPUTS: tuple[CaseOutput, ...] = (NIFTI, PREVIEW, SLICER, HTML, REPORT, DICOM, SUMMARY)
"""In the order in which those of a side are written; the summary comes last, because it says that the case is done."""

DEFAULT_OUTPUTS = ("nifti", "summary", "preview", "slicer", "html")


def choose_outputs(names: str | Sequence[str] | None, with_patient: bool = False) -> tuple[CaseOutput, ...]:
    """Return the outputs of these names, in the order of writing.

    Args:
        names: a list, or one text separated by commas; None: the default ones.
        with_patient: whether the patient is to be named in those that can.

    Raises:
        ConfigError: an unknown name, none at all, or none that can name the patient as asked.
    """
    if names is None:
        names = DEFAULT_OUTPUTS
    parts = names.split(",") if isinstance(names, str) else [str(name) for name in names]
    wanted = {name.strip().lower() for name in parts} - {""}
    known = [output.name for output in OUTPUTS]
    unknown = sorted(wanted.difference(known))
    if unknown or not wanted:
        got = f"no output is called {unknown[0]!r}" if unknown else "no output is chosen"
        raise ConfigError(f"{got}; wanted some of {', '.join(known)}, separated by commas")
    chosen = tuple(output for output in OUTPUTS if output.name in wanted)
    if with_patient and not any(output.can_name_patient for output in chosen):
        able = " or ".join(output.name for output in OUTPUTS if output.can_name_patient)
        raise ConfigError(
            f"the patient is to be named, which none of {', '.join(output.name for output in chosen)} does; add {able} "
            "with --outputs, or leave out --with-patient"
        )
    return chosen


def possible_file_names(case: str) -> list[str]:
    """Return the name of every file that any output may write for a case."""
    return [name for output in OUTPUTS for name in output.file_names(case).values()]
