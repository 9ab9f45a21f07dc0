from __future__ import annotations

import base64
from html.parser import HTMLParser
from pathlib import Path

import pytest

from acd_monai.errors import OutputError
from acd_monai.reports.evaluation import EvaluationResult, write_evaluation
from acd_monai.reports.evaluation.markdown import to_markdown
from acd_monai.reports.evaluation.report import Pictures, evaluation_document
from tests.reports.evaluation.results import MODEL, make_class, make_example, make_result

FILES = ["curves.png", "histograms.png", "montage.png", "scores.csv", "results.csv", "results.md", "report.html",
         "results.json"]  # fmt: skip


class Page(HTMLParser):
    """The tags of a page, its text, and how deep it is nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def write(result: EvaluationResult, folder: Path) -> tuple[str, Page]:
    """Return the Markdown and the page."""
    assert write_evaluation(result, folder) == [folder / name for name in FILES]
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    return (folder / "results.md").read_text(encoding="utf-8"), page


def table_rows(markdown: str, name: str) -> list[str]:
    return [line for line in markdown.splitlines() if line.startswith(f"| {name} |")]


def test_the_papers_table(tmp_path: Path) -> None:
    markdown, page = write(make_result(2), tmp_path)
    assert table_rows(markdown, "liver_ct")[1] == "| liver_ct | 96.6 [95.1, 97.8] | – |"
    assert table_rows(markdown, "**mean**") == [
        "| **mean** | 88.4 [85.0, 91.0] | 90.0 |",
        "| **mean** | 96.6 [95.1, 97.8] | – |",
    ]
    assert table_rows(markdown, "published: ACD-CLIP N=4") == [
        "| published: ACD-CLIP N=4 | 88.1 | – |",
        "| published: ACD-CLIP N=4 | 97.0 | 61.0 |",
    ]
    assert table_rows(markdown, "published: WinCLIP") == ["| published: WinCLIP | 86.0 | – |"]
    # Only for the method and settings that were run; not where either side is undefined.
    assert table_rows(markdown, "mean − published") == [
        "| mean − published | +0.3 | – |",
        "| mean − published | -0.4 | – |",
    ]
    assert "⚠" not in markdown and "nan" not in markdown.lower()
    for said in ("streaming", "ab" * 32, "visa", "2 masks are missing", "pixel AUROC 0.002", "Research use only"):
        assert said in markdown and said in " ".join(page.text)


def test_other_settings_are_not_compared(tmp_path: Path) -> None:
    pictures = Pictures(*(tmp_path / name for name in FILES[:3]))
    result = make_result(model=MODEL | {"settings": {"n_groups": 6}})
    markdown = to_markdown(evaluation_document(result, pictures))
    assert table_rows(markdown, "published: ACD-CLIP N=4") and not table_rows(markdown, "mean − published")


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    _, page = write(make_result(), tmp_path)
    pictures = page.all("img")
    assert len(pictures) == 3
    for picture, name in zip(pictures, FILES, strict=False):
        kind, content = str(picture["src"]).split(",")
        assert kind == "data:image/png;base64" and base64.b64decode(content) == (tmp_path / name).read_bytes()
        assert len(str(picture["alt"])) > 20
    assert not {"script", "link", "iframe", "a", "object"} & {tag for tag, _ in page.tags}
    assert not any(name in ("href", "style") or name.startswith("on") for _, found in page.tags for name in found)
    policy = next(str(found["content"]) for found in page.all("meta") if "http-equiv" in found)
    assert "default-src 'none'" in policy and "script" not in policy
    assert "url(" not in " ".join(page.text)


def test_every_table_is_marked_when_the_protocol_was_overridden(tmp_path: Path) -> None:
    markdown, page = write(make_result(3, overlap=["Brain/a.png"] * 25), tmp_path)
    tables = sum(tag == "table" for tag, _ in page.tags)
    assert tables == markdown.count("| :-- |") == 3
    assert markdown.count("⚠ EVALUATED ON TRAINING IMAGES") == tables + 1
    assert sum(found.get("class") == "mark" for found in page.all("p")) == tables + 1
    assert "25 images that are in the training set" in markdown and "and 5 more" in markdown


def test_names_stay_text(tmp_path: Path) -> None:
    name = "<b>|x_\n](http://y) <script>alert(1)</script>$\udce9"
    result = make_result(
        [make_class(name)],
        title=name,
        examples=[make_example()._replace(title=name)],
        warnings=[name],
        overlap=[name],
        training={name: name},
    )
    markdown, page = write(result, tmp_path)
    assert not {"b", "script"} & {tag for tag, _ in page.tags}
    assert "<script>alert(1)</script>" in " ".join(page.text)
    assert "<b>" not in markdown and "<script>" not in markdown and "](http" not in markdown.replace(r"\](", "")
    rows = [line for line in markdown.splitlines() if line.startswith("| &lt;b&gt;")]
    assert rows and all(row.startswith(r"| &lt;b&gt;\|x\_ \](http://y) ") for row in rows)
    assert {row.replace(r"\|", "").count("|") for row in rows} == {4, 7}


def test_nothing_was_defined(tmp_path: Path) -> None:
    markdown, _ = write(make_result([], mean={}, examples=[], published={}, protocol={}, warnings=[]), tmp_path)
    assert "nan" not in markdown.lower()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_evaluation(make_result(), tmp_path / "file")
