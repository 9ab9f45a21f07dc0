"""``index.html``: the cases of a run as a table to sort, to search and to open pages from."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from acd_monai.errors import OutputSkippedError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.csv_cells import number_cell
from acd_monai.reports.html.page import make_page, text
from acd_monai.reports.results_table import ResultRow
from acd_monai.reports.summary import NOTICE

__all__ = ["RUN_PAGE", "RunPage"]

RUN_PAGE = "index.html"

COLUMNS = (  # heading, whether numbers
    ("picture", False),
    ("case", False),
    ("status", False),
    ("score", True),
    ("findings", True),
    ("volume mm³", True),
    ("top slice", True),
    ("seconds", True),
    ("noticed", False),
    ("files", False),
)

FILES = (("page", ".html"), ("preview", "_preview.png"), ("report", "_report.pdf"), ("map", "_anomaly.nii.gz"))

_ICON = re.compile(r'<link rel="icon" href="(data:image/jpeg;base64,[A-Za-z0-9+/=]+)">')
_HEAD = 65_536
"""Characters of a case's page in which its icon is found."""

_PAUSE = 20.0
"""The page is written again after that many times the time it took, so a run of many cases is not slowed down."""


class RunPage:
    """The table of a run, written beside its cases.

    Args:
        folder: of the run's outputs.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / RUN_PAGE
        self._icons: dict[str, str] = {}
        self._next = 0.0

    def update(self, rows: Sequence[ResultRow]) -> None:
        """Write the table, unless that was done a moment ago.

        Raises:
            OutputError: the file cannot be written.
        """
        if time.monotonic() >= self._next:
            self.write(rows)

    def write(self, rows: Sequence[ResultRow]) -> None:
        """Write the table; nothing is written where the scripts are not built, which each case says.

        Raises:
            OutputError: the file cannot be written.
        """
        since = time.monotonic()
        try:
            content = self._page(rows)
        except OutputSkippedError:
            return
        with written_whole(self.path) as part:
            part.write_text(content, encoding="utf-8")
        self._next = time.monotonic() + _PAUSE * (time.monotonic() - since)

    def _page(self, rows: Sequence[ResultRow]) -> str:
        failed = sum(row.status == "failed" for row in rows)
        heads = "".join(_head(name, is_number) for name, is_number in COLUMNS)
        body = "\n".join(self._row(row) for row in rows)
        return make_page(
            f"Anomaly maps of {len(rows)} cases",
            f"""<header><h1>Anomaly maps of {len(rows)} cases</h1><p>{failed} failed. {text(NOTICE)}</p></header>
<p id="trouble" class="alert" role="alert" hidden></p>
<div class="tools">
<label>search <input id="search" type="search" placeholder="case, reason, warning …"></label>
<label>status
<select id="status"><option value="">all</option><option>ok</option><option>failed</option></select></label>
<span id="count" role="status">{len(rows)} cases</span>
<a href="results.csv">results.csv</a>
</div>
<main><table id="cases"><thead><tr>{heads}</tr></thead>
<tbody>
{body}
</tbody></table></main>
<footer>{text(NOTICE)} Scores and thresholds lie in 0 to 1.</footer>""",
            "run",
        )

    def _row(self, row: ResultRow) -> str:
        icon = self._icon(row.case) if row.status == "ok" else ""
        picture = f'<img alt="top slice of {text(row.case)}" loading="lazy" src="{icon}">' if icon else ""
        files = [(label, f"{row.case}{ending}") for label, ending in FILES if row.status == "ok"]
        there = [(label, name) for label, name in files if (self.path.parent / name).is_file()]
        page = next((name for label, name in there if label == "page"), None)
        name = _link(row.case, page) if page else text(row.case)
        noticed = "<br>".join(text(line) for line in ([row.reason] if row.reason else []) + [*row.warnings])
        numbers = (
            number_cell(row.case_score, 3),
            "" if row.components is None else str(row.components),
            number_cell(row.volume_mm3, 0),
            "" if row.top_slice is None else str(row.top_slice),
            number_cell(row.seconds, 1),
        )
        return (
            f'<tr class="{row.status}" data-status="{row.status}"><td>{picture}</td><th scope="row">{name}</th>'
            f'<td class="status">{row.status}</td>'
            + "".join(f'<td class="number">{cell}</td>' for cell in numbers)
            + f'<td class="words">{noticed}</td><td>{" ".join(_link(label, file) for label, file in there)}</td></tr>'
        )

    def _icon(self, case: str) -> str:
        if not self._icons.get(case):  # a page that is not there yet may come
            try:
                with (self.path.parent / f"{case}.html").open(encoding="utf-8") as file:
                    found = _ICON.search(file.read(_HEAD))
            except (OSError, UnicodeDecodeError):
                found = None
            self._icons[case] = found.group(1) if found else ""
        return self._icons[case]


def _head(name: str, is_number: bool) -> str:
    kind = ' class="number"' if is_number else ""
    inside = text(name) if name in ("picture", "files") else f'<button type="button">{text(name)}</button>'
    return f'<th scope="col"{kind}>{inside}</th>'


def _link(label: str, name: str) -> str:
    return f'<a href="./{quote(name)}">{text(label)}</a>'
