from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from acd_monai.errors import ConfigError, InputError
from acd_monai.reports.evaluation import (
    Comparison,
    Figure,
    compare_runs,
    comparison_csv,
    comparison_html,
    comparison_markdown,
)
from acd_monai.reports.evaluation.results_json import write_results_json
from tests.reports.evaluation.results import MODEL, PROTOCOL, make_result
from tests.reports.evaluation.test_write import Page


def run(folder: Path, image_auroc: float, pixel_auroc: float = 0.5, **changed: Any) -> Path:
    mean = {"image_auroc": Figure(image_auroc, 0.7, 0.99), "pixel_auroc": Figure(pixel_auroc)}
    write_results_json(make_result(mean=mean, **changed), folder / "results.json")
    return folder


def row(markdown: str, name: str) -> list[str]:
    line = next(line for line in markdown.splitlines() if line.startswith(f"| {name}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def three(tmp_path: Path) -> Comparison:
    """Two honest runs and one that is better because it was trained on the test."""
    return compare_runs(
        [
            run(tmp_path / "first", 0.8812, 0.90),
            run(tmp_path / "second", 0.8808, float("nan"), model=MODEL | {"method": "WinCLIP", "settings": {}}),
            run(tmp_path / "forced", 0.99, 0.99, overlap=["a.png"]) / "results.json",
        ]
    )


def test_one_table(three: Comparison) -> None:
    markdown = comparison_markdown(three)
    assert markdown.count("\n## ") == 1
    first, second = row(markdown, "first"), row(markdown, "second")
    assert first[1:5] == ["ACD-CLIP", "N=4, blur=[9, 1.5], score_weights=[0.5, 0.5]", "ViT-L-14-336", "adapter_20.pth"]
    # Both print as 88.1, so both are best; the pixel column has a single run that counts.
    assert (first[5], second[5]) == ("**88.1** [70.0, 99.0]", "**88.1** [70.0, 99.0]")
    assert (first[7], second[7]) == ("90.0", "–")
    assert row(markdown, "published: ACD-CLIP N=4")[5:] == ["88.1", "–", "97.0", "61.0"]
    assert "Not alike" not in markdown


def test_a_forced_run_is_marked_and_never_best(three: Comparison) -> None:
    markdown = comparison_markdown(three)
    forced = row(markdown, "forced")
    assert forced[0] == "forced ⚠ evaluated on training images" and forced[5].startswith("99.0 ")
    assert "⚠ EVALUATED ON TRAINING IMAGES: forced" in markdown
    page = Page(comparison_html(three))
    assert sum(found.get("class") == "mark" for found in page.all("p")) == 1
    assert len(page.all("strong")) == 2


def test_an_untrained_run_is_never_best(tmp_path: Path) -> None:
    untrained = MODEL | {"trained": False}
    paths = [run(tmp_path / name, value) for name, value in (("a", 0.6), ("b", 0.7))]
    paths.append(run(tmp_path / "c", 0.8, model=untrained))
    markdown = comparison_markdown(compare_runs(paths))
    assert row(markdown, "b")[5].startswith("**70.0**") and row(markdown, "c ⚠ untrained weights")[5].startswith("80.0")


def test_csv(three: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(comparison_csv(three))))
    assert [found["run"] for found in rows][:4] == ["first", "second", "forced", "published: ACD-CLIP N=4"]
    assert (rows[0]["image_auroc"], rows[0]["image_auroc_low"], rows[1]["pixel_auroc"]) == ("0.881200", "0.700000", "")
    assert rows[1]["settings"] == "" and rows[2]["mark"] == "evaluated on training images"
    assert float(rows[3]["pixel_auroc"]) == pytest.approx(0.97)


def test_a_block_for_each_benchmark(tmp_path: Path) -> None:
    paths = [
        run(tmp_path / "x" / "run", 0.8),
        run(tmp_path / "y", 0.8, benchmark="mvtec", title="MVTec-AD"),
        run(tmp_path / "z" / "run", 0.7),
    ]
    blocks = compare_runs(paths).blocks
    assert [(block.title, len(block.runs)) for block in blocks] == [("BMAD Brain MRI", 2), ("MVTec-AD", 1)]
    assert [found.name for found in blocks[0].runs] == [paths[0].as_posix(), paths[2].as_posix()]  # both called "run"


def test_other_protocols_are_said(tmp_path: Path) -> None:
    other = {key: value for key, value in PROTOCOL.items() if key != "threshold"} | {"resolution": 336}
    paths = [
        run(tmp_path / "a", 0.8),
        run(tmp_path / "b", 0.8, split="valid", protocol=other),
        run(tmp_path / "c", 0.8),
    ]
    comparison = compare_runs(paths)
    assert comparison.blocks[0].notes == (
        "split differs: test in a, c; valid in b",
        "resolution differs: 518 in a, c; 336 in b",
        "threshold differs: 0.5 in a, c; not recorded in b",
    )
    assert "Not alike: resolution differs" in comparison_markdown(comparison)


def test_names_stay_text(tmp_path: Path) -> None:
    comparison = compare_runs([run(tmp_path / "<b>|x", 0.8, title="<script>")])
    assert not {"b", "script"} & {tag for tag, _ in Page(comparison_html(comparison)).tags}
    assert r"| &lt;b&gt;\|x |" in comparison_markdown(comparison)


def test_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run"):
        compare_runs([])
    with pytest.raises(InputError, match=r"no results\.json"):
        compare_runs([run(tmp_path / "a", 0.8), tmp_path / "b"])
