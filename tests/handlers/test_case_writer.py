"""Choosing outputs, from the command line to the files."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from acd_monai.bundle import compose, run_bundle
from acd_monai.cli import main
from acd_monai.commands.infer import OUTPUTS_HELP
from acd_monai.data.synthetic import HeadPhantom, write_mr_series
from acd_monai.reports.outputs import DEFAULT_OUTPUTS, OUTPUTS


def arguments(source: Path, out: Path, *more: str) -> list[str]:
    return ["infer", str(source), "--domain", "brain_mri", "-o", str(out), *more]


SCENE = {"_scene_image.nrrd", ".mrml", ".mrb"}


def endings(folder: Path) -> set[str]:
    """What the files of the one case end in."""
    (case,) = {json.loads(path.read_text(encoding="utf-8"))["case"] for path in folder.glob("*_summary.json")}
    return {path.name.removeprefix(case) for path in folder.iterdir()} - {"results.csv", "index.html"}


@pytest.fixture
def study(head: HeadPhantom, tmp_path: Path) -> Path:
    write_mr_series(head.volume, head.affine, tmp_path / "study")
    return tmp_path / "study"


def test_the_help_names_every_output_and_the_default_ones() -> None:
    listed, default = OUTPUTS_HELP.split("(docs/outputs.md")
    assert all(output.name in listed for output in OUTPUTS)
    assert ",".join(DEFAULT_OUTPUTS) in default


def test_dicom_beside_the_default_outputs_then_a_report_too(
    study: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in study.iterdir()}
    out = tmp_path / "out"
    assert main(arguments(study, out, "--dicom", "--threshold", "0.01")) == 0
    first = {"_anomaly.nii.gz", "_preview.png", ".html", "_summary.json", "_map.dcm", "_findings.dcm", "_report.dcm"}
    first |= {*SCENE, "_findings.seg.nrrd", "_peaks.mrk.json"}
    assert endings(out) == first
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in study.iterdir()} == before
    (map_file,), (nifti,) = out.glob("*_map.dcm"), out.glob("*.nii.gz")
    made = pydicom.dcmread(map_file)
    stored = np.frombuffer(made.FloatPixelData, dtype="<f4").reshape(made.NumberOfFrames, made.Rows, made.Columns)
    np.testing.assert_array_equal(stored.T, nib.load(nifti).get_fdata(dtype=np.float32))
    assert pydicom.dcmread(next(study.iterdir())).StudyInstanceUID == made.StudyInstanceUID
    capfd.readouterr()

    assert main(arguments(study, out, "--threshold", "0.01")) == 0  # asks for less: nothing to do
    assert "1 of 1 cases are done already" in capfd.readouterr().out
    assert endings(out) == first

    assert main(arguments(study, out, "--outputs", "report,summary", "--threshold", "0.01")) == 0
    assert "is done again: it has no report output yet" in capfd.readouterr().out
    assert endings(out) == {"_summary.json", "_report.pdf", "_report.png"}  # what was not asked for is not left behind

    assert main(arguments(study, out, "--outputs", "report,summary", "--threshold", "0.01", "--with-patient")) == 0
    assert "is done again: it was made with other settings" in capfd.readouterr().out


def test_nobody_is_named_in_what_people_read(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(arguments(study, out, "--outputs", "nifti,summary,preview,slicer,report")) == 0
    for path in out.iterdir():
        assert "SYNTHETIC" not in path.name and b"PHANTOM-0001" not in path.read_bytes()


def test_outputs_below_the_study_are_no_series_of_it(study: Path, tmp_path: Path) -> None:
    out = study / "maps"
    every = ",".join(output.name for output in OUTPUTS)
    for _ in range(2):
        assert main(arguments(study, out, "--outputs", every, "--overwrite")) == 0
        assert len(list(out.glob("*_summary.json"))) == 1


def test_what_is_not_dicom_is_said_in_one_line_and_the_rest_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    nib.save(nib.Nifti1Image(np.random.default_rng(0).random((24, 20, 3)), np.eye(4)), tmp_path / "a.nii.gz")
    assert main(arguments(tmp_path / "a.nii.gz", tmp_path / "out", "--dicom", "--threshold", "0.99")) == 0
    said = [line for line in capfd.readouterr().out.splitlines() if "no dicom output" in line]
    assert len(said) == 1 and "there is no study for the objects to belong to" in said[0]
    assert endings(tmp_path / "out") == {"_anomaly.nii.gz", "_preview.png", ".html", "_summary.json", *SCENE}
    assert "no dicom output" in (tmp_path / "out" / "results.csv").read_text(encoding="utf-8")


def test_an_unknown_output_is_refused_before_anything_is_written(study: Path, tmp_path: Path, capfd: object) -> None:
    assert main(arguments(study, tmp_path / "out", "--outputs", "nifti,slicr")) == 2
    (line,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("acd-monai: ")]
    assert "no output is called 'slicr'; wanted some of nifti, " in line
    assert not (tmp_path / "out").exists()


def test_a_patient_whom_no_output_would_name_is_no_silent_wish(study: Path, tmp_path: Path, capfd: object) -> None:
    assert main(arguments(study, tmp_path / "out", "--with-patient")) == 2
    (line,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("acd-monai: ")]
    assert "none of nifti, preview, slicer, html, summary does; add report or dicom with --outputs" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("given", ["nifti, report", ("nifti", "report")])
def test_a_bundle_takes_a_list_or_a_text(given: object, study: Path, tmp_path: Path) -> None:
    settings = {"dataset_dir": [str(study)], "output_dir": str(tmp_path / "out"), "outputs": given}
    run_bundle(compose("brain_mri"), settings)
    kinds = sorted(path.suffix for path in (tmp_path / "out").iterdir())
    assert kinds == [".csv", ".gz", ".pdf", ".png"]
