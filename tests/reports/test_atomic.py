from __future__ import annotations

from pathlib import Path

import pytest

from acd_monai.errors import AcdMonaiError
from acd_monai.reports import written_whole


def test_success_leaves_only_the_file(tmp_path: Path) -> None:
    target = tmp_path / "new" / "map.nii.gz"
    with written_whole(target) as part:
        assert part.parent == target.parent
        assert part.name.startswith(".") and part.suffixes[-2:] == [".nii", ".gz"]
        part.write_text("whole")
        assert not target.exists()
    assert [path.name for path in target.parent.iterdir()] == ["map.nii.gz"]
    assert target.read_text() == "whole"


def test_failure_leaves_nothing_and_keeps_the_older_file(tmp_path: Path) -> None:
    target = tmp_path / "summary.json"
    target.write_text("older")
    with pytest.raises(ZeroDivisionError), written_whole(target) as part:
        part.write_text("half")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    assert target.read_text() == "older"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(AcdMonaiError, match=r"could not write .*map\.png"),
        written_whole(tmp_path / "file" / "map.png"),
    ):
        pass


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AcdMonaiError, match="No space left"), written_whole(tmp_path / "a.csv") as part:
        part.write_text("half")
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []
