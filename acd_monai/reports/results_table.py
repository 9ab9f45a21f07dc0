"""``results.csv``: one row a case, failed ones with their reason, for a spreadsheet and for the next run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from acd_monai.reports.atomic import written_whole
from acd_monai.reports.csv_cells import number_cell, text_cell

__all__ = ["RESULT_COLUMNS", "ResultRow", "write_results"]

RESULT_COLUMNS = (
    "case",
    "status",
    "case_score",
    "components",
    "volume_mm3",
    "top_slice",
    "seconds",
    "warning_count",
    "warnings",
    "reason",
    "map",
)
"""Column order of the file; new columns go last."""


@dataclass(frozen=True)
class ResultRow:
    """One case.

    Attributes:
        case: Name of the case.
        status: ``"ok"`` or ``"failed"``.
        case_score: In [0, 1]; None when failed.
        components: Number of components; None when failed.
        volume_mm3: Their total volume, cubic millimetres; None when failed or for a frame.
        top_slice: Index of the highest slice along the source axis, from 0.
        seconds: Time taken.
        warnings: What was noticed on the way.
        reason: Why it failed, empty when it did not.
        map: File name of the anomaly map, empty when there is none.
    """

    case: str
    status: Literal["ok", "failed"]
    case_score: float | None = None
    components: int | None = None
    volume_mm3: float | None = None
    top_slice: int | None = None
    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    reason: str = ""
    map: str = ""

    @classmethod
    def of_summary(cls, summary: Mapping[str, Any]) -> ResultRow:
        """Return the row of a case that went well.

        Args:
            summary: as :func:`~acd_monai.reports.write_summary` writes it; read back, it gives the same row.
        """
        scores = [(score, index) for index, score in enumerate(summary["slices"]["scores"]) if score is not None]
        return cls(
            summary["case"],
            "ok",
            case_score=summary["case_score"],
            components=summary["component_count"],
            volume_mm3=summary.get("total_volume_mm3"),
            top_slice=max(scores, key=lambda item: (item[0], -item[1]))[1] if scores else None,
            seconds=summary["seconds"],
            warnings=tuple(summary["warnings"]),
            map=summary["outputs"].get("anomaly_map", ""),
        )


def write_results(rows: Iterable[ResultRow], path: Path | str) -> None:
    """Write the whole table anew; call it after each case, so that a run cut short leaves a complete file.

    Undefined numbers are empty fields. Text is one line: runs of white space become one space. No cell is a formula.

    Raises:
        AcdMonaiError: The file cannot be written.
    """
    with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(RESULT_COLUMNS)
        for row in rows:
            writer.writerow(
                (
                    text_cell(row.case),
                    row.status,
                    number_cell(row.case_score, 6),
                    "" if row.components is None else row.components,
                    number_cell(row.volume_mm3, 3),
                    "" if row.top_slice is None else row.top_slice,
                    number_cell(row.seconds, 3),
                    len(row.warnings),
                    text_cell("; ".join(row.warnings)),
                    text_cell(row.reason),
                    row.map,
                )
            )
