from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from acd_monai.reports import (
    RESULT_COLUMNS,
    CaseSummary,
    ResultRow,
    SliceScores,
    Source,
    Threshold,
    find_components,
    write_results,
    write_summary,
)


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


def test_the_row_of_a_summary_is_the_same_when_it_is_read_back(tmp_path: Path) -> None:
    scores = np.array([0.1, np.nan, 0.1234565, 0.1234565], dtype=np.float32)
    summary = CaseSummary(
        case="a",
        case_score=scores[2],
        threshold=Threshold(0.5, "given"),
        slices=SliceScores("axial", 2, scores),
        components=find_components(np.zeros((3, 3, 4), dtype=np.float32), np.eye(4), 0.5),
        source=Source("MR", "volume", (3, 3, 4), np.eye(4)),
        domain="brain_mri",
        model={},
        seconds=1.25,
        warnings=("one", "two"),
        outputs={"anomaly_map": "a_anomaly.nii.gz"},
    )
    row = ResultRow.of_summary(write_summary(summary, tmp_path / "a.json"))
    assert row == ResultRow.of_summary(json.loads((tmp_path / "a.json").read_text(encoding="utf-8")))
    assert (row.status, row.components, row.volume_mm3, row.top_slice) == ("ok", 0, 0.0, 2)
    assert (row.seconds, row.warnings, row.map) == (1.25, ("one", "two"), "a_anomaly.nii.gz")
    undefined = replace(summary, slices=SliceScores("axial", 2, scores[1:2]), case_score=float("nan"))
    row = ResultRow.of_summary(write_summary(undefined, tmp_path / "a.json"))
    assert (row.case_score, row.top_slice) == (None, None)
