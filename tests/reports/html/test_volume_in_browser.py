"""The page of a volume in a real browser: what it shows is what the NIfTI file holds, at the same place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from acd_monai.reports.html import case_data
from acd_monai.reports.outputs import CaseView, choose_outputs, write_outputs

from ..case_views import blobs, view_of
from .browser import chromium, opened

SHAPE = (20, 24, 14)
STEP = 1 / 65535
SHOWN = 5e-5 + STEP
"""Half of the last digit shown, and a level of the map."""


class Case(NamedTuple):
    view: CaseView
    page: Path
    map: np.ndarray
    affine: np.ndarray


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def oblique_affine() -> np.ndarray:
    """Turned about two axes, mirrored, of three sizes, and sheared as by a tilted gantry."""
    a, b = 0.3, -0.2
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    shear = np.array([[1, 0, 0], [0, 1, 0.25], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ shear @ np.diag((-1.5, 1.0, 3.0))
    affine[:3, 3] = (31.0, -17.0, 5.5)
    return affine


def write_case(folder: Path, affine: np.ndarray, anomaly_map: np.ndarray) -> Case:
    image = np.random.default_rng(3).uniform(20, 200, anomaly_map.shape).astype(np.float32)
    nib.save(nib.Nifti1Image(image, affine), folder / "source.nii.gz")
    view = view_of(str(folder / "source.nii.gz"), anomaly_map)
    write_outputs(view, choose_outputs("nifti,html"), folder / "out", 0.0, progress=False)
    written = nib.load(folder / "out" / "a case_anomaly.nii.gz")
    return Case(view, folder / "out" / "a case.html", np.asarray(written.dataobj), written.affine)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return write_case(tmp_path_factory.mktemp("oblique"), oblique_affine(), blobs(SHAPE))


@pytest.fixture(scope="module")
def shown(case: Case, browser: Any) -> Iterator[Any]:
    with opened(browser, case.page) as page:
        yield page


@pytest.fixture
def page(shown: Any) -> Any:
    """The page as it opens, but for what a test before left chosen."""
    shown.select_option("#layout", "all")
    shown.click("#reset")
    shown.click("#findings tbody tr:first-child button")
    return shown


def place(page: Any) -> np.ndarray:
    return np.array([float(value) for value in page.get_attribute("#at-place", "data-mm").split()])


def voxel(page: Any) -> tuple[int, ...]:
    return tuple(int(value) for value in page.text_content("#at-voxel").split(", "))


def value(page: Any) -> float:
    return float(page.text_content("#at-map"))


def box_of(page: Any) -> dict[str, float]:
    page.evaluate("window.scrollTo(0, 0)")
    return page.locator("#picture").bounding_box()


def test_values_under_the_cursor_are_the_files(case: Case, page: Any) -> None:
    box, seen = box_of(page), set()
    for layout in ("all", "axial", "coronal", "sagittal"):
        page.select_option("#layout", layout)
        # In the view of all, the lower right quarter is the render.
        for x, y in ((0.4, 0.3), (0.45, 0.6), (0.52, 0.35), (0.43, 0.72), (0.6, 0.4)):
            page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
            index = np.linalg.solve(case.affine, (*place(page), 1.0))[:3]
            inside = np.clip(np.rint(index), 0, np.array(SHAPE) - 1).astype(int)
            if np.abs(index - np.rint(index)).max() < 0.49:  # not between two voxels
                assert voxel(page) == tuple(inside)
            assert abs(value(page) - case.map[voxel(page)]) <= SHOWN
            seen.add(voxel(page))
    assert len(seen) > 12


def test_a_click_on_a_finding_goes_to_its_millimetres(case: Case, page: Any) -> None:
    items = case.view.summary.components.items
    assert len(items) == 2
    for number in (1, 0):
        page.click(f"#findings tbody tr:nth-child({number + 1}) button")
        np.testing.assert_allclose(place(page), items[number].peak_mm, atol=0.01)
        assert voxel(page) == items[number].peak_voxel
        assert abs(value(page) - items[number].peak) <= SHOWN
        assert page.locator("#findings tr.chosen").count() == 1


def test_the_curve_and_the_slider_choose_the_slice(case: Case, page: Any) -> None:
    summary = case.view.summary
    axis, count = summary.slices.source_axis, len(summary.slices.scores)
    before = voxel(page)
    page.locator("#curve").scroll_into_view_if_needed()
    box = page.locator("#curve").bounding_box()
    for index in (0, 3, count - 1):
        share = (8 + (1000 - 16) * index / (count - 1)) / 1000
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        assert voxel(page)[axis] == index
        assert [at for n, at in enumerate(voxel(page)) if n != axis] == [at for n, at in enumerate(before) if n != axis]
        assert page.text_content("#at-slice") == f"slice {index}, score {summary.slices.scores[index]:.3f}"
    page.focus("#slice")
    page.keyboard.press("ArrowLeft")
    assert voxel(page)[axis] == count - 2


def test_keys_move_by_a_voxel_and_from_finding_to_finding(case: Case, page: Any) -> None:
    items = case.view.summary.components.items
    page.focus("#picture")
    page.keyboard.press("n")
    assert voxel(page) == items[1].peak_voxel
    page.keyboard.press("p")
    assert voxel(page) == items[0].peak_voxel
    page.keyboard.press("p")  # round the end
    for key, axis, sign in (("ArrowRight", 0, -1), ("ArrowUp", 1, 1), ("PageUp", 2, 1)):
        before = place(page)
        page.keyboard.press(key)
        moved = place(page) - before
        assert np.abs(moved).argmax() == axis
        assert np.sign(moved[axis]) == sign
        assert abs(np.linalg.norm(moved) - np.linalg.norm(case.affine[:3, :3], axis=0)).min() < 0.01


def test_the_map_is_seen_where_it_reaches_the_threshold_and_only_there(case: Case, page: Any) -> None:
    page.select_option("#layout", "axial")
    page.click("#findings tbody tr:nth-child(2) button")
    box = box_of(page)
    points = [(x, y) for x in np.linspace(0.33, 0.7, 5) for y in np.linspace(0.13, 0.83, 6)]
    points += [(x, y) for x in np.linspace(0.2, 0.28, 5) for y in np.linspace(0.78, 0.9, 5)]  # within the region
    at: dict[tuple[float, float], tuple[int, ...]] = {}
    for x, y in points:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        index = np.linalg.solve(case.affine, (*place(page), 1.0))[:3]
        if np.abs(index - np.rint(index)).max() < 0.3:
            at[x, y] = voxel(page)
    page.mouse.click(box["x"] + 2, box["y"] + 2)
    page.click("#findings tbody tr:nth-child(2) button")

    def coloured() -> dict[tuple[float, float], bool]:
        picture = np.asarray(Image.open(io.BytesIO(page.locator("#picture").screenshot())).convert("RGB")).astype(int)
        rows, columns = picture.shape[:2]
        found = {}
        for x, y in at:
            red, green, blue = picture[int(y * rows), int(x * columns)]
            found[x, y] = bool(max(red, green, blue) - min(red, green, blue) > 25 and red > blue)
        return found

    inside, outside = [], []
    for point, (i, j, k) in at.items():
        near = case.map[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2, max(k - 1, 0) : k + 2]
        if near.min() >= 0.5:
            inside.append(point)
        elif near.max() < 0.5:
            outside.append(point)
    seen = coloured()
    assert len(inside) > 3
    assert len(outside) > 3
    assert not any(seen[point] for point in outside)
    assert all(seen[point] for point in inside)
    page.fill("#threshold", "1")
    assert not any(coloured().values())


def test_as_at_first_puts_contrast_colours_and_threshold_back(page: Any) -> None:
    def picture() -> np.ndarray:
        shot = Image.open(io.BytesIO(page.locator("#picture").screenshot())).convert("RGB")
        return np.asarray(shot, dtype=int)[8:-8, 8:-8]  # without the ring of the focus

    page.select_option("#layout", "axial")
    before, box = picture(), box_of(page)
    page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down(button="right")
    page.mouse.move(box["x"] + 0.54 * box["width"], box["y"] + 0.45 * box["height"], steps=4)  # a few voxels
    page.mouse.up(button="right")
    dragged = picture()
    assert (np.abs(dragged - before).max(axis=-1) > 8).mean() > 0.02
    page.select_option("#colours", "viridis")
    page.fill("#threshold", "0.9")
    page.click("#reset")
    assert page.input_value("#colours") == "inferno"
    assert float(page.input_value("#threshold")) == 0.5
    np.testing.assert_allclose(picture(), before, atol=2)


def test_it_opens_on_the_highest_finding_and_a_tap_moves_the_crosshair(case: Case, browser: Any) -> None:
    with opened(browser, case.page, has_touch=True, viewport={"width": 400, "height": 700}) as page:
        np.testing.assert_allclose(place(page), case.view.summary.components.items[0].peak_mm, atol=0.01)
        before, box = voxel(page), box_of(page)
        finger = page.context.new_cdp_session(page)
        point = {"x": box["x"] + 0.25 * box["width"], "y": box["y"] + 0.35 * box["height"]}
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        page.wait_for_timeout(150)  # as long as a finger stays
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(150)
        assert voxel(page) != before
        assert abs(value(page) - case.map[voxel(page)]) <= SHOWN
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_in_light_and_dark(case: Case, browser: Any, scheme: str) -> None:
    with opened(browser, case.page, color_scheme=scheme) as page:
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (luminance(back) > 0.5) == (scheme == "light")
        for part in ("body", "header p", "dt", "figcaption", "th", "footer"):
            front = page.evaluate("name => getComputedStyle(document.querySelector(name)).color", part)
            high, low = sorted((luminance(front), luminance(back)), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, part


def test_nothing_leaves_the_page(case: Case, browser: Any) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"file://{case.page}")
        page.wait_for_selector("body[data-state]")
        blocked = page.evaluate("fetch('https://example.org/').then(() => 'sent', () => 'blocked')")
        assert blocked == "blocked"
        assert (
            page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran=1\">')")
            is None
        )
        page.wait_for_timeout(100)
        assert page.evaluate("window.ran") is None


def test_a_thinned_volume_says_so_and_shows_voxels_of_the_file(
    tmp_path: Path, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_data, "MOST_VOXELS", 900)
    case = write_case(tmp_path, oblique_affine(), blobs(SHAPE))
    with opened(browser, case.page) as page:
        assert "This page shows 10 × 12 × 7" in page.text_content("main") or "voxel in" in page.text_content("main")
        for number, item in enumerate(case.view.summary.components.items, 1):
            page.click(f"#findings tbody tr:nth-child({number}) button")
            np.testing.assert_allclose(place(page), item.peak_mm, atol=0.01)
            assert np.abs(np.subtract(voxel(page), item.peak_voxel)).max() <= 2
            assert abs(value(page) - case.map[voxel(page)]) <= SHOWN


def luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)`` as WCAG 2 defines it."""
    parts = np.array([float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
