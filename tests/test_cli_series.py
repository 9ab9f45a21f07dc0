"""Which series the command line reads, and what it says of them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset

from acd_monai.cli import main
from tests.data.dicom_files import MR, write_series


def write(folder: Path, number: int, *, slices: int = 8, **values: object) -> None:
    def stamp(dataset: FileDataset, k: int) -> None:
        dataset.SeriesNumber = number
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    pixels = np.random.default_rng(number).integers(0, 1500, (40, 36, slices), dtype=np.uint16)
    is_mr = values.get("Modality") == "MR"
    write_series(
        folder / f"s{number}", pixels, series=f"1.2.{number}", edit=stamp, **({"sop_class": MR} if is_mr else {})
    )


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "Mustermann Erika"
    write(folder, 2, BodyPartExamined="ABDOMEN", SeriesDescription="portal venous")
    write(folder, 3, BodyPartExamined="CHEST", SeriesDescription="Lung, Frau Mustermann")
    write(folder, 4, slices=1, SeriesDescription="Monitoring")
    (folder / "readme.txt").write_text("hello")
    return folder


def results(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def test_a_domain_reads_what_fits_and_auto_says_what_it_chose(
    study: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    assert main(["infer", str(study), "--domain", "auto", "-o", str(tmp_path / "out")]) == 0
    said = "".join(capfd.readouterr())
    assert "domain: liver_ct chosen by modality and body part: CT ABDOMEN, series 2 (CT, 'portal venous')" in said
    assert "ustermann" not in said.replace(str(study), "")
    assert list(results(tmp_path / "out")) == ["s2_s2"]
    summary = json.loads((tmp_path / "out" / "s2_s2_summary.json").read_text(encoding="utf-8"))
    assert summary["domain"] == "liver_ct"


@pytest.mark.parametrize(("asked", "case"), [("3", "s3_s3"), ("monitoring", "s4_s4"), ("1.2.2", "s2_s2")])
def test_a_series_asked_for(study: Path, tmp_path: Path, asked: str, case: str) -> None:
    out = tmp_path / "out"
    assert main(["infer", str(study), "--domain", "liver_ct", "--series", asked, "-o", str(out)]) == 0
    assert list(results(out)) == [case]


def test_a_wrong_modality_is_a_warning_that_stays(tmp_path: Path) -> None:
    write(tmp_path / "in", 7, Modality="MR", BodyPartExamined="ABDOMEN")
    assert main(["infer", str(tmp_path / "in"), "--domain", "liver_ct", "-o", str(tmp_path / "out")]) == 0
    warning = "modality is MR; domain liver_ct is made for CT"
    (row,) = results(tmp_path / "out").values()
    assert warning in row["warnings"] and row["status"] == "ok"
    summary = json.loads((tmp_path / "out" / "s7_s7_summary.json").read_text(encoding="utf-8"))
    assert warning in summary["warnings"]


def test_what_is_read_for_want_of_better_says_so(tmp_path: Path) -> None:
    write(tmp_path / "in", 7, BodyPartExamined="CHEST", slices=8)
    assert main(["infer", str(tmp_path / "in"), "--domain", "liver_ct", "-o", str(tmp_path / "out")]) == 0
    note = "read for want of better in its study: another body part (ABDOMEN wanted)"
    (row,) = results(tmp_path / "out").values()
    assert note in row["warnings"]
    summary = json.loads((tmp_path / "out" / "s7_s7_summary.json").read_text(encoding="utf-8"))
    assert note in summary["warnings"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{study}", "--domain", "liver_ct", "--series", "99"], "There are: 2 (CT, 'portal venous'); 3 (CT, '…')"),
        (["{study}", "--domain", "auto", "--series", "4"], "series 4 (CT, 'Monitoring') has no body part"),
        (["{pictures}", "--domain", "auto"], "cannot be told from 1 file that is not DICOM"),
        (["{nowhere}", "--domain", "auto"], "no such file or folder"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, study: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (40, 40)).save(tmp_path / "pictures" / "a.png")
    places = {"study": study, "pictures": tmp_path / "pictures", "nowhere": tmp_path / "nowhere"}
    filled = [argument.format(**places) for argument in arguments]
    assert main(["infer", *filled, "-o", str(tmp_path / "out")]) == 2
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("acd-monai: ")]
    assert len(lines) == 1 and message in lines[0]


def test_inspect(study: Path, capsys: pytest.CaptureFixture) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 4, 5), dtype=np.int16), np.eye(4)), study / "x.nii")
    assert main(["inspect", str(study)]) == 0
    said = capsys.readouterr().out
    assert "--domain auto chooses liver_ct (CT ABDOMEN, series 2 (CT, 'portal venous')" in said
    assert "read as volume s2_s2" in said
    assert "not read: another body part (ABDOMEN wanted)" in said
    assert "not read: 1 slice (8 or more wanted)" in said
    assert "would be read: 2 volumes" in said and "1 x not a DICOM file" in said
    assert "ustermann" not in said and "778899" not in said

    assert main(["inspect", str(study), "--domain", "brain_mri"]) == 0
    assert "note: modality is CT; the domain is made for MR" in capsys.readouterr().out
    assert main(["inspect", str(study), "--series", "4"]) == 0
    said = capsys.readouterr().out
    assert "--domain auto would refuse" in said and "would be read: 1 volume\n" in said
    assert main(["inspect", str(study / "nowhere")]) == 2
    assert main(["inspect", str(study), "--domain", "zzz"]) == 2


def test_inspect_tells_what_infer_does(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """The names that inspect shows are the names of the results."""
    (study / "s2" / "im004").unlink()
    assert main(["inspect", str(study), "--domain", "liver_ct"]) == 0
    assert "WILL FAIL as s2_s2: slice gaps are uneven" in capsys.readouterr().out
    assert main(["infer", str(study), "--domain", "liver_ct", "-o", str(tmp_path / "out")]) == 1
    assert results(tmp_path / "out")["s2_s2"]["status"] == "failed"
