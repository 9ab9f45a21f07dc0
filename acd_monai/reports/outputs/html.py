"""``html``: the case as a page for a browser, one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from acd_monai.errors import OutputSkippedError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.html.case_page import make_case_page
from acd_monai.reports.html.run_page import RUN_PAGE
from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["HTML"]


def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    path = paths["page"]
    if path.name.lower() == RUN_PAGE:
        raise OutputSkippedError(
            f"its page would be {RUN_PAGE}, which is the table of the run; rename the case's files"
        )
    content = make_case_page(view)
    with written_whole(path) as part:
        part.write_text(content, encoding="utf-8")
    return ("page",)


HTML = CaseOutput("html", {"page": ".html"}, _write)
