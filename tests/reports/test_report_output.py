"""The case report, as PDF and PNG."""

from __future__ import annotations

import re
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from acd_monai.data.dicom_source import find_dicom_source
from acd_monai.networks.detector import UNTRAINED
from acd_monai.reports import Threshold
from acd_monai.reports.map_scale import MapScale, own_scale
from acd_monai.reports.outputs import CaseView
from acd_monai.reports.outputs.report import REPORT, render_report
from acd_monai.reports.report_page import draw_report
from acd_monai.reports.report_pictures import draw_pictures
from acd_monai.reports.report_text import alternative_text, describe_findings, describe_patient, place
from tests.data.dicom_files import write_series

from .case_views import MODEL, blobs, view_of, view_of_video


@pytest.fixture
def volume(tmp_path: Path) -> CaseView:
    rng = np.random.default_rng(0)
    affine = np.array([[-2.0, 0, 0, 30], [0, 1.5, 0, -20], [0, 0, 4.0, -7], [0, 0, 0, 1]])
    nib.save(nib.Nifti1Image(rng.random((30, 40, 12), dtype=np.float32), affine), tmp_path / "a.nii.gz")
    return view_of(str(tmp_path / "a.nii.gz"))


def picture(folder: Path) -> CaseView:
    pixels = np.random.default_rng(0).integers(0, 255, (30, 50, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    return view_of(str(folder / "a.png"), plane="stored")


def said_on(view: CaseView) -> list[str]:
    """All texts of the page, axes included."""
    figure = draw_report(view, [])
    texts = [*figure.texts, *(text for axes in figure.axes for text in (axes.title, axes.xaxis.label, *axes.texts))]
    return [text.get_text() for text in texts]


def test_a_page_as_pdf_and_as_png(volume: CaseView, tmp_path: Path) -> None:
    paths = {role: tmp_path / "out" / name for role, name in REPORT.file_names("a case").items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(REPORT.write(volume, paths)) == ["report", "report_picture"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a case_report.pdf", "a case_report.png"]
    pdf = paths["report"].read_bytes()
    assert pdf.startswith(b"%PDF-") and re.search(rb"/Count 1\b", pdf)
    with Image.open(paths["report_picture"]) as opened:
        assert abs(opened.height / opened.width - 2**0.5) < 0.01  # A4
        assert opened.info["Title"] == "Anomaly report of a case"
        assert "Finding 1: peak 0.900 at" in opened.info["Description"]
        assert np.asarray(opened.convert("L")).mean() > 150  # paper, not a dark screen


def test_the_pdf_names_itself_and_its_letters_are_text(volume: CaseView) -> None:
    pdf = render_report(volume, ["pdf"])["pdf"]
    assert b"/Title (Anomaly report of a case)" in pdf
    assert b"/Subject" in pdf and b"/FontFile2" in pdf
    streams = [_inflate(part) for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)]
    assert any(b"Tj" in stream or b"TJ" in stream for stream in streams)


def _inflate(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_findings_with_size_and_place(volume: CaseView) -> None:
    table = describe_findings(volume, 5)
    items = volume.summary.components.items
    assert len(table.rows) == len(items) == 2
    voxel = 2.0 * 1.5 * 4.0
    assert table.rows[0][:4] == ("1", "0.900", f"{voxel:.0f}", f"{(6 * voxel / np.pi) ** (1 / 3):.1f}")
    assert table.rows[0][4] == "L 26.0, A 37.0, S 37.0"
    assert table.rows[1][2] == f"{7 * 10 * 3 * voxel:.0f}"
    said = said_on(volume)
    assert all(cell in said for row in table.rows for cell in row)
    assert {"axial, at S 37.0 mm", "coronal, at A 37.0 mm", "sagittal, at L 26.0 mm"} <= set(said)


def test_a_place_has_letters_and_no_signs() -> None:
    assert place((-25.0, 2.0, 24.96)) == "L 25.0, A 2.0, S 25.0"
    assert place((0.04, -3.0, -1.0)) == "R 0.0, P 3.0, I 1.0"


def test_the_planes_go_through_the_finding(volume: CaseView, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(
        "acd_monai.reports.report_pictures.lay_map", lambda axes, values, threshold, aspect, scale: drawn.append(values)
    )
    draw_report(volume, [])
    i, j, k = volume.summary.components.items[0].peak_voxel
    anomaly_map = volume.anomaly_map
    axial, coronal, sagittal = drawn
    np.testing.assert_array_equal(np.sort(axial, axis=None), np.sort(anomaly_map[:, :, k], axis=None))
    np.testing.assert_array_equal(np.sort(coronal, axis=None), np.sort(anomaly_map[:, j], axis=None))
    np.testing.assert_array_equal(np.sort(sagittal, axis=None), np.sort(anomaly_map[i], axis=None))
    # i runs to the left: on the axial slice, hung with the right on the left, columns run with it; rows run backwards.
    assert axial.shape == (40, 30) and np.unravel_index(axial.argmax(), axial.shape) == (40 - 1 - j, i)
    assert coronal.shape == (12, 30) and np.unravel_index(coronal.argmax(), coronal.shape) == (12 - 1 - k, i)
    assert sagittal.shape == (12, 40) and np.unravel_index(sagittal.argmax(), sagittal.shape) == (
        12 - 1 - k,
        40 - 1 - j,
    )


@pytest.mark.parametrize("kind", ["volume", "picture", "video", "nothing found", "nothing scored"])
def test_every_kind_of_case_has_a_page(kind: str, volume: CaseView, tmp_path: Path) -> None:
    made = {
        "volume": lambda: volume,
        "picture": lambda: picture(tmp_path),
        "video": view_of_video,
        "nothing found": lambda: view_of(volume.locator, blobs((30, 40, 12)) * 0.3),
        "nothing scored": lambda: view_of(volume.locator, np.zeros((30, 40, 12), dtype=np.float32)),
    }
    view = made[kind]()
    said = said_on(view)
    assert "Research use only, not for diagnosis." in said and "0.500 (given)" in said
    assert ("None." in said) == kind.startswith("nothing")
    assert alternative_text(view).startswith("Research use only")
    assert any("mm" in text for text in said) == (kind not in ("picture", "video"))
    if kind == "video":
        assert "time" in said and any(text.startswith("time, minutes:seconds") for text in said)


def check_that_text_is_apart(figure: Figure) -> None:
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    width, height = figure.canvas.get_width_height()
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    for at, box in enumerate(boxes):
        for other in boxes[at + 1 :]:
            overlap = min(box.x1, other.x1) - max(box.x0, other.x0), min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(overlap) < 2.5


def test_no_text_lies_outside_the_page_or_on_another(volume: CaseView, tmp_path: Path) -> None:
    many = np.zeros((30, 40, 12), dtype=np.float32)
    many[::2, ::2, ::2] = 0.8
    view = view_of(volume.locator, many, model={**MODEL, "trained": False, "nouns": ["a long noun " * 20]})
    view = replace(view, noticed=["something was noticed that takes two lines " * 4] * 9)
    figure = draw_report(view, [("patient", "somebody")])
    check_that_text_is_apart(figure)
    said = [text.get_text() for text in figure.texts]
    assert any(re.match(r"Findings at or above 0\.500, the first \d+ of 1800", text) for text in said)
    assert any(text.startswith("… ") for text in said)


def test_a_full_page_still_lists_a_finding(volume: CaseView) -> None:
    narrow = 0.5 + 0.002 * (np.random.default_rng(0).random((30, 40, 12), dtype=np.float32) > 0.99)
    found = Threshold(0.501, "at most 0.5 mL per normal case, found on 120 normal cases")
    model = {**MODEL, "trained": False, "nouns": ["a long noun " * 20], "backbone": "ViT-L-14-336-quickgelu " * 5}
    view = view_of(volume.locator, narrow, threshold=0.501)
    view = replace(view, noticed=["something was noticed that takes two lines " * 4] * 9)
    view = replace(view, summary=replace(view.summary, threshold=found, model=model))
    figure = draw_report(replace(view, alert=UNTRAINED), [("patient", "a long name " * 6)] * 5)
    check_that_text_is_apart(figure)
    said = [text.get_text() for text in figure.texts]
    assert any(re.match(r"Findings at or above 0\.501, the first [1-9]\d* of \d+", text) for text in said)


def test_a_narrow_map_is_shown_by_its_differences_as_in_the_preview(volume: CaseView) -> None:
    narrow = 0.5 + 0.002 * np.random.default_rng(0).random((30, 40, 12), dtype=np.float32)
    figure = draw_report(view_of(volume.locator, narrow, threshold=0.9), [])
    note = own_scale(narrow).note
    assert "differences are enlarged ×500" in note
    assert [text.get_text() for text in figure.texts].count(note) == 1
    laid = [axes.images[1].get_array()[..., :3] for axes in figure.axes if len(axes.images) == 2]
    assert len(laid) == 3 and all(np.ptp(colours, axis=(0, 1)).min() > 0.5 for colours in laid)
    assert not any("enlarged" in said for said in said_on(volume))


def test_nobody_is_named_unless_asked(tmp_path: Path) -> None:
    write_series(tmp_path / "study", np.random.default_rng(0).integers(0, 500, (9, 11, 6)).astype(np.int16))
    for asked in (False, True):
        view = view_of(str(tmp_path / "study"), with_patient=asked)
        made = render_report(view, ["png"])["png"]
        (tmp_path / "a.png").write_bytes(made)
        with Image.open(tmp_path / "a.png") as opened:
            assert "Mustermann" not in str(opened.info)
        lines = describe_patient(find_dicom_source(view.locator).header) if asked else []
        said = [text.get_text() for text in draw_report(view, lines).texts]
        assert ("Mustermann Erika" in said) == asked and ("ID-778899" in said) == asked


@pytest.mark.parametrize("downwards", [7.0, 2.0])
def test_pictures_use_the_room_they_say(downwards: float, volume: CaseView) -> None:
    def box(left: float, width: float, height: float) -> tuple[float, float, float, float]:
        return left / 8, 1 - height / 11, width / 8, height / 11

    figure = Figure(figsize=(8, 11))
    used = draw_pictures(figure, box, volume, (7, downwards), MapScale())
    lowest = min(axes.get_position().y0 for axes in figure.axes)
    assert lowest >= 1 - used / 11 - 1e-6 and used <= downwards


def test_letters_of_a_thin_slab_do_not_lie_on_each_other(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.random.default_rng(0).random((40, 40, 3)), np.eye(4)), tmp_path / "slab.nii.gz")
    figure = draw_report(view_of(str(tmp_path / "slab.nii.gz")), [])
    figure.canvas.draw()
    panels = [axes for axes in figure.axes if {"R", "A"} & {text.get_text() for text in axes.texts}]
    assert len(panels) == 6
    for axes in panels:
        boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
        assert len(boxes) >= 2
        assert not any(box.overlaps(other) for at, box in enumerate(boxes) for other in boxes[at + 1 :])
