"""Pages for a browser: one file a case and one table a run, with nothing to install and nothing fetched."""

from __future__ import annotations

from acd_monai.reports.html.case_page import make_case_page
from acd_monai.reports.html.run_page import RunPage

__all__ = ["RunPage", "make_case_page"]
