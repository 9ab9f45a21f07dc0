from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from acd_monai.errors import OutputError
from acd_monai.reports import prepare_output_folder


def test_parts_of_killed_runs_go_and_all_else_stays(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    below = tmp_path / "below"
    below.mkdir()
    living, mine, old = os.getppid(), os.getpid(), 1_000_000_000
    stay = [
        tmp_path / f".tmp-{living}-a_anomaly.nii.gz", tmp_path / ".tmp-notes", tmp_path / "a.tmp-1-b",
        below / f".tmp-{gone.pid}-a.csv", tmp_path / ".hidden", tmp_path / "a_summary.json",
    ]  # fmt: skip
    go = [tmp_path / f".tmp-{pid}-results.csv" for pid in (gone.pid, mine)]
    go.append(tmp_path / f".tmp-{living}-old.png")
    for path in (*stay, *go):
        path.write_text("")
    os.utime(go[-1], (old, old))
    assert prepare_output_folder(tmp_path) == tmp_path.resolve()
    assert all(path.exists() for path in stay) and not any(path.exists() for path in go)


def test_made_when_missing_and_left_empty(tmp_path: Path) -> None:
    folder = prepare_output_folder(tmp_path / "a" / "b")
    assert list(folder.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the output folder"):
        prepare_output_folder(tmp_path / "file" / "out")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(OutputError, match=r"cannot write to the output folder .*: No space left on device"):
        prepare_output_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
