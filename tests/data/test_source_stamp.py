from __future__ import annotations

import os
import shutil
from pathlib import Path

from acd_monai.data.source_stamp import stamp_source


def make_study(root: Path) -> list[str]:
    files = [root / "a" / "1.dcm", root / "b" / "2.dcm"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text(file.name)
    return [str(file) for file in files]


def test_the_same_after_a_move_and_other_after_a_change(tmp_path: Path) -> None:
    files = make_study(tmp_path / "study")
    first = stamp_source(files)
    assert [stamp.name for stamp in first[1]] == ["a/1.dcm", "b/2.dcm"]
    moved = shutil.copytree(tmp_path / "study", tmp_path / "moved")
    assert stamp_source([str(moved / "a" / "1.dcm"), str(moved / "b" / "2.dcm")]) == first
    os.utime(files[0], ns=(0, 7))
    assert stamp_source(files)[1][0].modified == 7
    assert stamp_source(files[:1]) != stamp_source(files[1:])


def test_volumes_of_one_file_and_folders(tmp_path: Path) -> None:
    files = make_study(tmp_path / "study")
    assert stamp_source(f"{files[0]}#volume=1") != stamp_source(f"{files[0]}#volume=2")
    stamps = stamp_source(f"{tmp_path / 'study'}#series=1.2")[1]
    assert [stamp.name for stamp in stamps] == ["a/1.dcm", "b/2.dcm"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert stamp_source(tmp_path / "gone.nii")[1] == [("gone.nii", -1, 0)]
