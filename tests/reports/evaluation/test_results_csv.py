from __future__ import annotations

import csv
import math
from pathlib import Path

from acd_monai.reports.evaluation import FIGURES
from acd_monai.reports.evaluation.results_csv import write_results_csv, write_scores_csv
from tests.reports.evaluation.results import MODEL, make_class, make_result


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_row_a_class_and_the_mean(tmp_path: Path) -> None:
    result = make_result(2)
    write_results_csv(result, tmp_path / "results.csv")
    rows = read(tmp_path / "results.csv")
    assert [row["class"] for row in rows] == ["Brain", "liver_ct", "mean"]
    assert (rows[0]["pixel_auroc"], rows[0]["pixel_auroc_low"], rows[0]["pixel_auroc_high"]) == (
        "0.966000",
        "0.951000",
        "0.978000",
    )
    assert rows[0]["pixel_ap"] == rows[2]["pixel_ap"] == rows[0]["case_auroc"] == ""
    assert [row["images"] for row in rows] == ["60", "60", "120"]
    assert [name for name in rows[0] if name in FIGURES] == list(FIGURES)
    assert {row["mark"] for row in rows} == {""}


def test_every_row_carries_the_marks(tmp_path: Path) -> None:
    untrained = MODEL | {"trained": False, "weights": MODEL["weights"] | {"trained": False}}
    result = make_result(2, overlap=["a.png"], model=untrained)
    write_results_csv(result, tmp_path / "results.csv")
    write_scores_csv(result, tmp_path / "scores.csv")
    rows = read(tmp_path / "results.csv") + read(tmp_path / "scores.csv")
    assert {row["mark"] for row in rows} == {"evaluated on training images; untrained weights"}


def test_scores_keep_their_digits_and_are_no_formulas(tmp_path: Path) -> None:
    item = make_class('=HYPERLINK("x")')
    write_scores_csv(make_result(classes=[item]), tmp_path / "scores.csv")
    rows = read(tmp_path / "scores.csv")
    assert [float(row["score"] or "nan") for row in rows[:-1]] == [
        float(f"{score.score:.9g}") for score in item.scores[:-1]
    ]
    assert math.isnan(item.scores[-1].score) and rows[-1]["score"] == ""
    assert rows[0]["class"] == """'=HYPERLINK("x")""" and rows[0]["image"].startswith("'=")
