from __future__ import annotations

import json
from pathlib import Path

import pytest

from acd_monai.errors import OutputError
from acd_monai.reports import Fingerprint, discard_case, find_finished

NOW = Fingerprint("1.0", "model", "settings", "source")


NAMES = {"anomaly_map": "a_anomaly.nii.gz", "summary": "a_summary.json", "preview": "a_preview.png"}


def write_case(folder: Path, **changed: object) -> dict:
    names = NAMES
    for name in names.values():
        (folder / name).write_text("")
    content = {"case": "a", "outputs": names, "fingerprint": NOW._asdict(), **changed}
    (folder / names["summary"]).write_text(json.dumps(content))
    return content


def test_done_when_summary_and_files_are_there(tmp_path: Path) -> None:
    assert find_finished(tmp_path, "a", NOW) == (None, "")
    content = write_case(tmp_path)
    assert find_finished(tmp_path, "a", NOW) == (content, "")


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("version", "it was made by another version of acd_monai"),
        ("model", "it was made by another model or with other weights"),
        ("settings", "it was made with other settings"),
        ("source", "its files have changed since"),
    ],
)
def test_made_differently(key: str, reason: str, tmp_path: Path) -> None:
    write_case(tmp_path)
    assert find_finished(tmp_path, "a", NOW._replace(**{key: "other"})) == (None, reason)


def test_a_summary_that_is_no_use(tmp_path: Path) -> None:
    write_case(tmp_path, fingerprint=None)
    assert find_finished(tmp_path, "a", NOW).reason == "it was made by another version of acd_monai"
    write_case(tmp_path)
    (tmp_path / "a_preview.png").unlink()
    assert find_finished(tmp_path, "a", NOW).reason == "a_preview.png is missing"
    for text in ("", "[1]", '{"case"'):
        (tmp_path / "a_summary.json").write_text(text)
        assert find_finished(tmp_path, "a", NOW) == (None, "its summary cannot be read")


def test_discarding_takes_what_is_the_cases_own_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    others = [tmp_path / "a_precious", out / "b_anomaly.nii.gz", out / "a.nii.gz"]
    for path in (*others, out / "a_timeline.csv"):
        path.write_text("")
    names = {"timeline": "a_timeline.csv", "odd": "../a_precious", "else": "b_anomaly.nii.gz", "number": 3}
    write_case(out, outputs=names)
    discard_case(out, "a")
    assert not list(out.glob("a_*")) and all(path.exists() for path in others)
    discard_case(out, "a")


def test_a_file_that_cannot_be_removed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a_anomaly.nii.gz").mkdir()
    with pytest.raises(OutputError, match=r"could not remove .*a_anomaly\.nii\.gz"):
        discard_case(tmp_path, "a")
