"""Pages as files: what is in them, what they forbid themselves, and what happens without the viewer."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acd_monai.errors import OutputSkippedError
from acd_monai.reports import ResultRow
from acd_monai.reports.html import RunPage, make_case_page, scripts
from acd_monai.reports.html.display_grid import choose_grid
from acd_monai.reports.html.volume_data import image_nifti, map_nifti
from acd_monai.reports.outputs import CaseView, choose_outputs, write_outputs

from ..case_views import view_of


@pytest.fixture
def view(tmp_path: Path) -> CaseView:
    array = np.random.default_rng(0).random((12, 10, 6), dtype=np.float32)
    nib.save(nib.Nifti1Image(array, np.diag((2.0, 2, 4, 1))), tmp_path / "a.nii.gz")
    return view_of(str(tmp_path / "a.nii.gz"))


@pytest.fixture
def viewer() -> None:
    try:
        scripts.load_script("volume")
    except OutputSkippedError as error:
        pytest.skip(str(error))


@pytest.fixture
def no_viewer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scripts, "files", lambda _: tmp_path)


@pytest.mark.parametrize("shape", [(7, 9, 4), (1, 1, 1), (512, 512, 300), (40, 3, 2000)])
@pytest.mark.parametrize("most", [1, 50, 10_000_000])
def test_a_grid_is_no_larger_than_asked_and_its_voxels_lie_where_they_lay(shape: tuple[int, ...], most: int) -> None:
    grid = choose_grid(shape, (0.7, 0.7, 1.0), most, thinned=(0, 1, 2))
    assert np.prod(grid.shown) <= most
    affine = np.array([[0, -0.7, 0.1, 3], [0.7, 0, 0, 4], [0, 0.2, 1, 5], [0, 0, 0, 1.0]])
    for corner in (0, -1):
        index = [
            int(np.arange(length)[first::step][corner])
            for length, first, step in zip(shape, grid.offset, grid.step, strict=True)
        ]
        shown = [0 if corner == 0 else length - 1 for length in grid.shown]
        np.testing.assert_allclose(grid.affine(affine) @ (*shown, 1), affine @ (*index, 1))
    if np.prod(shape) <= most:
        assert grid.is_whole


def test_the_finest_axis_is_thinned_first() -> None:
    assert choose_grid((512, 512, 300), (0.7, 0.7, 1.0), 10_000_000, (0, 1, 2)).shown == (256, 256, 150)
    assert choose_grid((100, 100, 20), (1.0, 1.0, 5.0), 60_000, (0, 1, 2)).step == (2, 2, 1)
    assert choose_grid((100, 100, 4), (1.0, 1.0, 1.0), 10_000, (0, 1)).step == (2, 2, 1)


def test_the_blocks_are_nifti_files_on_the_pictures_grid(view: CaseView) -> None:
    picture = view.picture
    grid = choose_grid(picture.anomaly_map.shape, (1, 1, 1), 200, (0, 1, 2))
    assert not grid.is_whole
    for content, full, tolerance in (
        (map_nifti(picture, grid), picture.anomaly_map, 1 / 65535),
        (image_nifti(picture, grid), 255 * picture.image[0], 0.5),
    ):
        read = nib.Nifti1Image.from_bytes(content)
        np.testing.assert_allclose(read.affine, grid.affine(picture.affine), atol=1e-5)
        np.testing.assert_allclose(read.get_fdata(), grid.take(full), atol=tolerance)


@pytest.mark.usefixtures("viewer")
def test_a_page_is_whole_says_what_matters_and_repeats(view: CaseView) -> None:
    view = replace(view, alert="UNTRAINED <b>", summary=replace(view.summary, case="é <script>x</script>"))
    page = make_case_page(view)
    assert page == make_case_page(view)
    assert "UNTRAINED &lt;b&gt;" in page
    assert "<script>x" not in page
    assert "Research use only, not for diagnosis." in page
    assert "BSD 2-Clause License" in page
    assert "Copyright (c) 2021, Niivue" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    outside = re.sub(r"<script>.*?</script>|<pre>.*?</pre>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!data:)""", outside)


@pytest.mark.usefixtures("no_viewer")
def test_without_the_viewer_one_line_says_how_to_get_it(view: CaseView, tmp_path: Path) -> None:
    content = write_outputs(view, choose_outputs("nifti,html,summary"), tmp_path / "out", 0.0, progress=False)
    assert "page" not in content["outputs"]
    assert "anomaly_map" in content["outputs"]
    assert content["warnings"][-1] == (
        "no html output: the viewer's scripts are not built; run 'python scripts/build_viewer.py' in the source "
        "folder, or install acd_monai from its wheel"
    )
    RunPage(tmp_path / "out").write([ResultRow.of_summary(content)])
    assert not (tmp_path / "out" / "index.html").exists()


@pytest.mark.usefixtures("viewer")
def test_a_case_called_index_leaves_the_runs_page_alone(view: CaseView, tmp_path: Path) -> None:
    view = replace(view, summary=replace(view.summary, case="Index"))
    content = write_outputs(view, choose_outputs("html"), tmp_path / "out", 0.0, progress=False)
    assert not content["outputs"]
    assert "table of the run" in content["warnings"][-1]


@pytest.mark.usefixtures("viewer")
def test_the_runs_page_is_not_written_after_each_of_many_cases(tmp_path: Path) -> None:
    page = RunPage(tmp_path)
    page.write([ResultRow("a", "failed", reason="none")])
    page.update([ResultRow("a", "failed", reason="none"), ResultRow("b", "failed", reason="none")])
    assert "Anomaly maps of 1 cases" in page.path.read_text(encoding="utf-8")
    page.write([ResultRow("a", "failed", reason="none"), ResultRow("b", "failed", reason="none")])
    assert "Anomaly maps of 2 cases" in page.path.read_text(encoding="utf-8")
