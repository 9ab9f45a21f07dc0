"""Pages of pictures and videos, and a run's table, in a real browser."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from acd_monai.reports import ResultRow
from acd_monai.reports.html import RunPage, case_data
from acd_monai.reports.outputs import CaseView, choose_outputs, write_outputs

from ..case_views import view_of, view_of_video
from .browser import chromium, opened

SHOWN = 5e-5 + 1 / 65535


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def write(view: CaseView, folder: Path) -> np.ndarray:
    write_outputs(view, choose_outputs("nifti,html,summary"), folder, 0.0, progress=False)
    return np.asarray(nib.load(folder / "a case_anomaly.nii.gz").dataobj)


def point_at(page: Any, x: float, y: float) -> None:
    page.evaluate("window.scrollTo(0, 0)")
    box = page.locator("#picture").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def read(page: Any) -> tuple[int, int, float]:
    """Column, row and score of the readout."""
    column, row = page.text_content("#at-place").removeprefix("column ").split(", row ")
    return int(column), int(row), float(page.text_content("#at-map"))


@pytest.mark.parametrize("most", [2_000_000, 700])
def test_a_picture_shows_the_files_values(
    tmp_path: Path, browser: Any, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_data, "MOST_PIXELS", most)
    pixels = np.random.default_rng(0).integers(0, 255, (45, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    view = view_of(str(tmp_path / "a.png"))
    stored = write(view, tmp_path / "out")
    with opened(browser, tmp_path / "out" / "a case.html") as page:
        assert ("This page shows" in page.text_content("main")) == (most == 700)
        for x, y in ((0.1, 0.1), (0.52, 0.3), (0.9, 0.88)):
            point_at(page, x, y)
            column, row, score = read(page)
            assert abs(score - stored[column, row, 0]) <= SHOWN
            assert abs(column - x * 60) <= 2
            assert abs(row - y * 45) <= 2
        for number, item in enumerate(view.summary.components.items, 1):
            page.click(f"#findings tbody tr:nth-child({number}) button")
            column, row, score = read(page)
            assert np.abs(np.subtract((column, row), item.peak_voxel[:2])).max() <= (most == 700)
            assert abs(score - stored[column, row, 0]) <= SHOWN
        if most == 700:
            return
        i, j, _ = view.summary.components.items[-1].peak_voxel  # of the large one
        colours = {}
        for name, threshold in (("overlay", 0.5), ("plain", 1.0)):
            page.fill("#threshold", str(threshold))
            drawn = page.evaluate("document.getElementById('picture').toDataURL().split(',')[1]")
            picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn))))
            colours[name] = picture[j + 3, i + 3, :3].astype(float)
        np.testing.assert_allclose(colours["plain"], pixels[j + 3, i + 3], atol=1)
        mixed = 0.4 * pixels[j + 3, i + 3] + 0.6 * 255 * np.array(colormaps["inferno"](0.7)[:3])
        np.testing.assert_allclose(colours["overlay"], mixed, atol=4)


def test_a_video_goes_to_the_frame_of_a_place_in_time(tmp_path: Path, browser: Any) -> None:
    view = view_of_video()
    stored = write(view, tmp_path / "out")
    with opened(browser, tmp_path / "out" / "a case.html") as page:
        page.locator("#curve").scroll_into_view_if_needed()
        box = page.locator("#curve").bounding_box()
        for picture, position in enumerate(view.timeline.top):  # half a second each, twelve frames
            page.mouse.click(box["x"] + box["width"] * (8 + 984 * position / 11) / 1000, box["y"] + 20)
            assert page.text_content("#at-slice").startswith(view.picture.labels[picture] + ",")
            assert page.input_value("#slice") == str(picture)
            column, row, score = read(page)
            assert abs(score - stored[column, row, picture]) <= SHOWN
        for number, item in enumerate(view.summary.components.items, 1):
            page.click(f"#findings tbody tr:nth-child({number}) button")
            assert read(page)[:2] == item.peak_voxel[:2]
            assert page.input_value("#slice") == str(item.peak_voxel[2])
        page.focus("#picture")
        before = read(page)[:2]
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        assert read(page)[:2] == (before[0] + 1, before[1] + 1)


def test_a_runs_table_sorts_searches_and_opens_cases(tmp_path: Path, browser: Any) -> None:
    out = tmp_path / "a run #1 ü"
    nib.save(
        nib.Nifti1Image(np.random.default_rng(0).random((9, 8, 4), dtype=np.float32), np.eye(4)), tmp_path / "a.nii"
    )
    write(view_of(str(tmp_path / "a.nii")), out)
    row = ResultRow.of_summary(json.loads((out / "a case_summary.json").read_text(encoding="utf-8")))
    rows = [
        row,
        ResultRow("b", "ok", case_score=0.95, components=12, volume_mm3=3.0, top_slice=2, seconds=2.0),
        ResultRow("c", "failed", seconds=0.1, reason="slice gaps vary <script>alert(1)</script>"),
        ResultRow("d", "ok", case_score=0.1, components=3, volume_mm3=20.0, top_slice=1, seconds=10.0),
    ]
    RunPage(out).write(rows)

    def cases(page: Any) -> list[str]:
        return page.locator("#cases tbody tr:visible th").all_text_contents()

    with opened(browser, out / "index.html", viewport={"width": 1200, "height": 600}) as page:
        assert cases(page) == ["a case", "b", "c", "d"]
        page.click("#cases thead th:nth-child(5) button")  # findings, as numbers
        assert cases(page) == ["b", "d", "a case", "c"]
        page.click("#cases thead th:nth-child(5) button")
        assert cases(page) == ["a case", "d", "b", "c"]  # what has no number stays last
        page.click("#cases thead th:nth-child(2) button")
        assert cases(page) == ["a case", "b", "c", "d"]
        page.fill("#search", "gaps VARY")
        assert cases(page) == ["c"]
        assert page.text_content("#count") == "1 of 4 cases"
        page.fill("#search", "")
        page.select_option("#status", "ok")
        assert cases(page) == ["a case", "b", "d"]
        assert page.locator("#cases img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 20
        assert page.locator("#cases tbody tr:first-child a").all_text_contents() == ["a case", "page", "map"]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((out / "index.html").as_uri())
        page.click("#cases th a")
        page.wait_for_selector("body[data-state=ready]", timeout=60_000)
        assert page.text_content("h1").startswith("a case")
