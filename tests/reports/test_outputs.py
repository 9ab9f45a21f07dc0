"""Outputs by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acd_monai.data.cases import OWN_RESULTS, scan_inputs
from acd_monai.errors import ConfigError, InputError, OutputSkippedError
from acd_monai.reports import ResultRow, discard_case, write_results
from acd_monai.reports.outputs import DEFAULT_OUTPUTS, OUTPUTS, CaseOutput, choose_outputs, write_outputs
from acd_monai.reports.outputs.registry import possible_file_names

from .case_views import view_of, view_of_video


@pytest.fixture
def source(tmp_path: Path) -> str:
    array = np.random.default_rng(0).random((12, 10, 6), dtype=np.float32)
    nib.save(nib.Nifti1Image(array, np.diag((2.0, 2, 4, 1))), tmp_path / "a.nii.gz")
    return str(tmp_path / "a.nii.gz")


def names(outputs: tuple[CaseOutput, ...]) -> list[str]:
    return [output.name for output in outputs]


def test_in_the_order_of_writing_the_summary_last() -> None:
    assert set(names(choose_outputs(None))) == set(DEFAULT_OUTPUTS)
    assert names(choose_outputs("summary, NIFTI,nifti")) == ["nifti", "summary"]
    assert names(choose_outputs(["dicom", "report"])) == ["report", "dicom"]  # the report is put into the DICOM
    assert names(OUTPUTS)[-1] == "summary"


@pytest.mark.parametrize("wrong", ["nifty", ["nifti", "pdf"]])
def test_an_unknown_name_is_refused_with_the_list(wrong: object) -> None:
    with pytest.raises(
        ConfigError, match=r"no output is called '(nifty|pdf)'; wanted some of nifti, preview, .*summary"
    ):
        choose_outputs(wrong)


@pytest.mark.parametrize("empty", ["", ",", []])
def test_none_is_refused(empty: object) -> None:
    with pytest.raises(ConfigError, match="no output is chosen"):
        choose_outputs(empty)


def test_no_two_outputs_share_a_file() -> None:
    files = possible_file_names("a")
    assert len(files) == len(set(files))
    roles = [role for output in OUTPUTS for role in output.endings]
    assert len(roles) == len(set(roles))


def test_only_what_was_asked_for_is_written(source: str, tmp_path: Path) -> None:
    for output in OUTPUTS:
        if output.name != "dicom":
            out = tmp_path / output.name
            content = write_outputs(view_of(source), [output], out, 0.0, progress=False)
            written = {path.name for path in out.iterdir()}
            assert written == set(content["outputs"].values()) | (
                {"a case_summary.json"} if output.name == "summary" else set()
            )
            assert written <= set(output.file_names("a case").values())
            assert content["outputs_asked_for"] == [output.name]
            assert ResultRow.of_summary(content).map == content["outputs"].get("anomaly_map", "")


def test_the_summary_lists_all_and_itself(source: str, tmp_path: Path) -> None:
    write_outputs(view_of(source), choose_outputs("nifti,preview,summary"), tmp_path / "out", 0.0, progress=False)
    content = json.loads((tmp_path / "out" / "a case_summary.json").read_text(encoding="utf-8"))
    assert set(content["outputs"].values()) == {path.name for path in (tmp_path / "out").iterdir()}


def test_a_video_has_a_timeline(tmp_path: Path) -> None:
    content = write_outputs(view_of_video(), choose_outputs("preview"), tmp_path, 0.0, progress=False)
    assert set(content["outputs"]) == {"preview", "timeline", "timeline_csv"}


def test_one_output_that_cannot_be_made_does_not_stop_the_others(source: str, tmp_path: Path) -> None:
    def refuse(view: object, paths: object) -> tuple[str, ...]:
        raise OutputSkippedError("there is no reason")

    outputs = [CaseOutput("odd", {"odd": "_odd.txt"}, refuse), *choose_outputs("nifti,summary")]
    content = write_outputs(view_of(source), outputs, tmp_path / "out", 0.0, progress=False)
    assert content["warnings"][-1] == "no odd output: there is no reason"
    assert set(content["outputs"]) == {"anomaly_map", "summary"}
    assert json.loads((tmp_path / "out" / "a case_summary.json").read_text())["warnings"] == content["warnings"]


def test_discarding_takes_every_output(source: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in possible_file_names("a case"):
        (out / name).write_text("")
    (out / "another_map.dcm").write_text("")
    discard_case(out, "a case")
    assert [path.name for path in out.iterdir()] == ["another_map.dcm"]


def test_outputs_are_not_taken_for_inputs(source: str, tmp_path: Path) -> None:
    for chosen in ("nifti", "preview", "report"):
        out = tmp_path / chosen
        content = write_outputs(view_of(source), choose_outputs(chosen), out, 0.0, progress=False)
        write_results([ResultRow.of_summary(content)], out / "results.csv")
        with pytest.raises(InputError, match="no image found"):
            scan_inputs(out)
    assert {Path(name).suffix for name in possible_file_names("a")} >= {Path(name).suffix for name in OWN_RESULTS}


def test_the_picture_is_made_once_and_only_when_needed(source: str, tmp_path: Path) -> None:
    view = view_of(source)
    asked = []

    def draw() -> object:
        asked.append(1)
        return view.draw()

    write_outputs(replace(view, draw=draw), choose_outputs("nifti,summary"), tmp_path, 0.0, progress=False)
    assert not asked
    assert view.picture is view.picture
