"""A threshold found on normal cases keeps its promise, and is used with the weights it was found for."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from acd_monai.cli import main
from acd_monai.networks import ACDCLIP, ClipBackbone
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.reports.evaluation import read_evaluation
from tests.evaluation_files import make_slices


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "adapters.safetensors"
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    write_adapters(path, ACDCLIP(backbone).adapters().state_dict(), {"epoch": 1})
    return path


@pytest.fixture(scope="module")
def normals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("normals")
    generator = np.random.default_rng(3)
    for case in range(3):
        array = generator.normal(100, 20, (30, 28, 5)).astype(np.float32)
        nib.save(nib.Nifti1Image(array, np.diag([-2.0, -2.0, 5.0, 1.0])), folder / f"{case}.nii.gz")
    return folder


def test_volumes_in_millilitres(weights: Path, normals: Path, tmp_path: Path) -> None:
    model = ["--domain", "brain_mri", "--weights", str(weights)]
    assert main(["calibrate", str(normals), *model, "--fp-budget", "1.5"]) == 0
    stored = weights.with_name("adapters.thresholds.json")
    entry = json.loads(stored.read_text())["thresholds"][0]
    assert (entry["unit"], entry["cases"], entry["fp_budget"]) == ("mL", 3, 1.5)

    # What infer then marks in the very same cases is within the budget, and close to it.
    assert main(["infer", str(normals), *model, "-o", str(tmp_path / "maps")]) == 0
    summaries = [json.loads(path.read_text()) for path in sorted((tmp_path / "maps").glob("*_summary.json"))]
    assert {summary["threshold"] for summary in summaries} == {entry["value"]}
    assert summaries[0]["threshold_source"] == "at most 1.5 mL per normal case, found on 3 normal cases"
    mean_ml = np.mean([summary["total_volume_mm3"] for summary in summaries]) / 1000
    assert 1.4 < mean_ml <= 1.5

    # Given by hand, or for another domain, it is not used.
    assert main(["infer", str(normals), *model, "-o", str(tmp_path / "given"), "--threshold", "0.4"]) == 0
    summary = json.loads(next((tmp_path / "given").glob("*_summary.json")).read_text())
    assert (summary["threshold"], summary["threshold_source"]) == (0.4, "given")


def test_pictures_in_percent_and_evaluation_uses_it(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slices = make_slices(tmp_path / "Brain_AD")
    thresholds = tmp_path / "own.json"
    model = ["--domain", "brain_mri", "--weights", str(weights)]
    normal = str(slices / "test" / "good" / "img")
    run = ["evaluate", "bmad_brain", "--data", str(slices), "--weights", str(weights), "--bootstrap", "0"]
    run += ["--thresholds", str(thresholds), "-o", str(tmp_path / "out")]
    calibrate = ["calibrate", normal, *model, "--fp-budget", "2", "-o", str(thresholds)]
    assert main(calibrate) == 0
    assert main(run) == 2
    assert "own.json holds one for fit pad, not squash; find one with `acd-monai calibrate`" in capsys.readouterr().err
    assert main([*calibrate, "--fit", "squash"]) == 0
    entry = json.loads(thresholds.read_text())["thresholds"][1]
    assert entry["unit"] == "% of the picture"
    assert main(run) == 0
    found = read_evaluation(tmp_path / "out")
    assert found.protocol["threshold"] == entry["value"]
    assert "normal case" in found.protocol["threshold_source"]


def test_other_prompts_need_another_threshold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 40), dtype=np.uint8)).save(tmp_path / "frame.png")
    model, file = (
        [str(tmp_path / "frame.png"), "--domain", "industrial", "--method", "clip"],
        str(tmp_path / "own.json"),
    )
    assert main(["calibrate", *model, "--fp-budget", "2", "-o", file]) == 0
    infer = ["infer", *model, "--thresholds", file, "-o", str(tmp_path / "maps"), "--outputs", "summary"]
    assert main([*infer, "--prompt-set", "ensemble"]) == 2
    assert "own.json holds one for prompts" in capsys.readouterr().err
    assert main([*infer, "--prompt-set", "single"]) == 0
    summary = json.loads((tmp_path / "maps" / "frame_summary.json").read_text())
    assert summary["threshold_source"] == "at most 2 % of the picture per normal case, found on 1 normal case"


def test_mistakes(
    weights: Path,
    normals: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(arguments: list[str], message: str) -> None:
        assert main(["calibrate", *arguments, "--domain", "brain_mri"]) in (1, 2)
        assert message in capsys.readouterr().err

    fails([str(normals), "--weights", str(weights), "--fp-budget", "-1"], "the false-positive budget is -1.0")
    fails([str(normals), "--fp-budget", "1"], "pass --weights, or a file with -o")
    with monkeypatch.context() as patch:
        patch.setattr("acd_monai.networks.shipped.FOLDER", weights.parent)
        fails([str(normals), "--weights", str(weights), "--fp-budget", "1"], "not in the package; pass --weights, or")
    Image.new("L", (40, 40), 128).save(tmp_path / "frame.png")
    both = [str(normals), str(tmp_path / "frame.png")]
    fails([*both, "--weights", str(weights), "--fp-budget", "1"], "volumes or pictures, not both")
