"""``report``: the case on one page, as PDF to file or print and as PNG to look at."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib

from acd_monai.data.dicom_source import find_dicom_source
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.report_page import draw_report
from acd_monai.reports.report_text import alternative_text, describe_patient

__all__ = ["REPORT", "render_report"]

DOTS_PER_INCH = 150

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it would tell of every glyph it embeds


def render_report(view: CaseView, forms: Iterable[str]) -> dict[str, bytes]:
    """Draw the report in memory.

    Args:
        view: the case.
        forms: ``"pdf"``, ``"png"`` or both.

    Returns:
        Form and file content. Title and text alternative are in the files' metadata; the PDF's text is text.
    """
    patient = []
    if view.with_patient:
        source = find_dicom_source(view.locator) if view.locator is not None else None
        patient = describe_patient(None if source is None else source.header)
    figure = draw_report(view, patient)
    title, told = f"Anomaly report of {view.summary.case}", alternative_text(view)
    metadata = {
        "pdf": {"Title": title, "Subject": told, "Creator": "acd_monai"},
        "png": {"Title": title, "Description": told, "Software": "acd_monai"},
    }
    made = {}
    with matplotlib.rc_context({"pdf.fonttype": 42}):  # fonts as TrueType: text can be searched, copied and read aloud
        for form in forms:
            content = io.BytesIO()
            figure.savefig(content, format=form, dpi=DOTS_PER_INCH, metadata=metadata[form])
            made[form] = content.getvalue()
    return made


def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    made = render_report(view, ("pdf", "png"))
    for role, form in (("report", "pdf"), ("report_picture", "png")):
        with written_whole(paths[role]) as part:
            part.write_bytes(made[form])
    return ("report", "report_picture")


REPORT = CaseOutput("report", {"report": "_report.pdf", "report_picture": "_report.png"}, _write, can_name_patient=True)
