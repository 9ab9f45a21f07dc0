"""Outputs on two threads: at once where they may be, in order where they must be, and told apart when one fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event, Thread

import nibabel as nib
import numpy as np
import pytest

from acd_monai.errors import OutputError, OutputSkippedError
from acd_monai.reports.outputs import CaseOutput, CaseView, choose_outputs, write_outputs
from acd_monai.reports.outputs.case_output import Side

from .case_views import contents, view_of

PATIENCE = 60.0
"""Seconds after which a test that waits for another thread has failed."""


@pytest.fixture
def view(tmp_path: Path) -> CaseView:
    array = np.random.default_rng(0).random((12, 10, 6), dtype=np.float32)
    nib.save(nib.Nifti1Image(array, np.diag((2.0, 2, 4, 1))), tmp_path / "a.nii.gz")
    return view_of(str(tmp_path / "a.nii.gz"))


def made_up(name: str, side: Side, act: Callable[[CaseView], object] = lambda view: None) -> CaseOutput:
    """An output that does something and writes its name."""

    def write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
        act(view)
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        paths[name].write_text(name)
        return (name,)

    return CaseOutput(name, {name: f"_{name}.txt"}, write, side)


def test_both_sides_are_written_at_once_and_the_summary_after_them(view: CaseView, tmp_path: Path) -> None:
    met = Barrier(2)
    outputs = [
        made_up("picture", Side.PICTURES, lambda view: met.wait(PATIENCE)),
        made_up("volume", Side.VOLUMES, lambda view: met.wait(PATIENCE)),
        *choose_outputs("summary"),
    ]
    content = write_outputs(view, outputs, tmp_path / "out", 0.0, progress=False)
    assert list(content["outputs"]) == ["picture", "volume", "summary"]
    assert json.loads((tmp_path / "out" / "a case_summary.json").read_text()) == content


@pytest.mark.parametrize("side", [Side.VOLUMES, Side.PICTURES])
def test_outputs_of_a_side_never_overlap_and_see_those_before_them(side: Side, view: CaseView, tmp_path: Path) -> None:
    seen: list[tuple[str, list[str]]] = []
    busy = Event()

    def look(name: str) -> Callable[[CaseView], None]:
        def act(view: CaseView) -> None:
            assert not busy.is_set()
            busy.set()
            seen.append((name, list(view.summary.outputs)))
            Event().wait(0.05)
            busy.clear()

        return act

    write_outputs(view, [made_up(name, side, look(name)) for name in "abc"], tmp_path, 0.0, progress=False)
    assert seen == [("a", []), ("b", ["a"]), ("c", ["a", "b"])]


@pytest.mark.parametrize("side", [Side.VOLUMES, Side.PICTURES])
def test_one_that_cannot_be_made_is_a_warning_while_the_other_side_goes_on(
    side: Side, view: CaseView, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beside = Side.PICTURES if side is Side.VOLUMES else Side.VOLUMES
    refused = Event()

    def refuse(view: CaseView) -> None:
        refused.set()
        raise OutputSkippedError("there is no reason")

    outputs = [
        made_up("odd", side, refuse),
        made_up("after", side),
        made_up("beside", beside, lambda view: refused.wait(PATIENCE)),
    ]
    content = write_outputs(view, outputs, tmp_path / "out", 0.0, progress=False)
    assert refused.is_set()
    assert content["warnings"] == [*view.summary.warnings, "no odd output: there is no reason"]
    assert "a case: no odd output: there is no reason" in caplog.text
    assert list(content["outputs"]) == ["after", "beside"]


def test_when_a_file_cannot_be_written_none_is_begun_after_it_and_none_is_left_at_work(
    view: CaseView, tmp_path: Path
) -> None:
    at_work, failed, finished = Event(), Event(), Event()

    def fail(view: CaseView) -> None:
        assert at_work.wait(PATIENCE)
        failed.set()
        raise OutputError("the disk is full")

    def work(view: CaseView) -> None:
        at_work.set()
        assert failed.wait(PATIENCE)
        Event().wait(0.2)
        finished.set()

    outputs = [
        made_up("failing", Side.PICTURES, fail),
        made_up("at_work", Side.VOLUMES, work),
        made_up("same_side", Side.PICTURES),
        made_up("other_side", Side.VOLUMES),
        *choose_outputs("summary"),
    ]
    with pytest.raises(OutputError, match="the disk is full"):
        write_outputs(view, outputs, tmp_path / "out", 0.0, progress=False)
    assert finished.is_set()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"a case_at_work.txt"}


def test_the_picture_is_made_once_however_many_threads_ask(view: CaseView) -> None:
    pictures: list[object] = []
    together = Barrier(4)

    def ask() -> None:
        together.wait(PATIENCE)
        pictures.append(view.picture)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(pictures) == 4 and all(picture is pictures[0] for picture in pictures)


def test_files_are_the_same_as_of_one_side_at_a_time(
    view: CaseView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # else the PDF says when it was made
    view = replace(view, summary=replace(view.summary, seconds=0.0))
    write_outputs(view, choose_outputs("nifti,slicer,preview,html,report"), tmp_path / "all", 0.0, progress=False)
    for side in ("nifti,slicer", "preview,html,report"):
        write_outputs(view, choose_outputs(side), tmp_path / "apart", 0.0, progress=False)
    together, apart = (
        {Path(path).name: content for path, content in contents(tmp_path / folder).items()}
        for folder in ("all", "apart")
    )
    assert together.keys() == apart.keys() and len(together) >= 10
    assert [name for name in together if together[name] != apart[name]] == []
