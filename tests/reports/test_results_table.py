from __future__ import annotations

import csv
from pathlib import Path

from acd_monai.reports import RESULT_COLUMNS, ResultRow, write_results


def test_rows_read_back_in_order(tmp_path: Path) -> None:
    rows = [
        ResultRow("a, b", "ok", 0.9, 2, 1234.5678, 17, 3.21, ("one", "two"), map="a/map.nii.gz"),
        ResultRow("c", "failed", reason="slice gaps vary\n1.0-3.0 mm;  expected\tequal"),
        ResultRow("d", "ok", float("nan"), 0, 0.0, None, 1.0),
    ]
    write_results(rows, tmp_path / "results.csv")
    write_results(rows, tmp_path / "results.csv")

    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as file:
        read = list(csv.DictReader(file))

    assert tuple(read[0]) == RESULT_COLUMNS
    assert [row["case"] for row in read] == ["a, b", "c", "d"]
    assert read[0] | {"case_score": "0.900000", "volume_mm3": "1234.568"} == read[0]
    assert (read[0]["warning_count"], read[0]["warnings"], read[0]["map"]) == ("2", "one; two", "a/map.nii.gz")
    assert read[1]["reason"] == "slice gaps vary 1.0-3.0 mm; expected equal"
    assert read[1]["case_score"] == read[1]["components"] == ""
    assert (read[2]["case_score"], read[2]["components"], read[2]["top_slice"]) == ("", "0", "")
    assert len((tmp_path / "results.csv").read_text(encoding="utf-8").splitlines()) == 4
