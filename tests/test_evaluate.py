"""Evaluation on labelled data, as a person runs it: the figures are right, whole, and the same however it is run."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import average_precision_score, roc_auc_score

from acd_monai.bundle import compose
from acd_monai.cli import main
from acd_monai.data import PromptEnsemble, TrainingRecord
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone, shipped_adapters
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.networks.shipped import SHIPPED_TAG
from acd_monai.reports.evaluation import read_evaluation
from tests.data.benchmarks.trees import make_tree
from tests.evaluation_files import make_slices

FILES = {
    "curves.png", "histograms.png", "montage.png", "report.html", "results.csv", "results.json", "results.md",
    "scores.csv",
}  # fmt: skip
QUICK = ("--bootstrap", "20")


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_slices(tmp_path_factory.mktemp("BMAD") / "Brain_AD")


@pytest.fixture(scope="module")
def result(slices: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("result")
    assert main(["evaluate", "bmad_brain", "--data", str(slices.parent), "-o", str(output), "--bootstrap", "200"]) == 0
    return output


@pytest.fixture(scope="module")
def detector() -> AnomalyDetector:
    method = json.loads(compose("brain_mri", "acd_clip")[1].read_text())
    prompts = {name: method["prompts"][name] for name in ("normal", "abnormal", "templates")}
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias", weights=SHIPPED_TAG)
    network = ACDCLIP(backbone, weights=shipped_adapters("embedded", SHIPPED_TAG), blur=(9, 1.5))
    return AnomalyDetector(network, "scan", PromptEnsemble(**prompts)).eval()


def test_everything_is_written(result: Path) -> None:
    assert {path.name for path in result.iterdir()} == FILES


@pytest.mark.parametrize("resolution", ["network", "native"])
def test_figures_against_pil_and_scikit_learn(
    slices: Path, detector: AnomalyDetector, resolution: str, result: Path, tmp_path: Path
) -> None:
    if resolution == "native":
        result = tmp_path / "native"
        arguments = ["--data", str(slices), "-o", str(result), "--resolution", "native", *QUICK]
        assert main(["evaluate", "bmad_brain", *arguments]) == 0
    scores, labels, maps, masks = [], [], [], []
    for path in sorted(slices.glob("test/*/img/*.png")):
        picture = Image.open(path).convert("F").resize((112, 112), Image.Resampling.BICUBIC)  # not rounded to 8 bits
        image = torch.from_numpy(np.asarray(picture) / 255).float().clamp(0.0, 1.0).expand(1, 3, -1, -1)
        with torch.no_grad():
            score, anomaly_map = detector.predict(image)
        mask = Image.open(path.parents[1] / "label" / path.name)
        if resolution == "network":
            mask = mask.resize((112, 112), Image.Resampling.NEAREST)
        else:
            anomaly_map = torch.nn.functional.interpolate(anomaly_map, (60, 48), mode="bilinear", antialias=True)
        scores.append(float(score))
        labels.append(path.parts[-3] == "Ungood")
        maps.append(anomaly_map.numpy().ravel())
        masks.append(np.asarray(mask).ravel() > 0)
    figures = read_evaluation(result).mean
    assert figures["image_auroc"].value == pytest.approx(roc_auc_score(labels, scores))
    pixels = np.concatenate(masks), np.concatenate(maps)
    assert figures["pixel_auroc"].value == pytest.approx(roc_auc_score(*pixels), abs=5e-4)
    assert figures["pixel_ap"].value == pytest.approx(average_precision_score(*pixels), abs=5e-4)


def test_image_and_case_figures_are_those_of_the_scores(result: Path) -> None:
    with (result / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    found = read_evaluation(result)
    labels, scores = [int(row["label"]) for row in rows], [float(row["score"]) for row in rows]
    assert found.mean["image_auroc"].value == pytest.approx(roc_auc_score(labels, scores), abs=1e-6)
    assert found.mean["image_ap"].value == pytest.approx(average_precision_score(labels, scores), abs=1e-6)
    assert found.classes[0].cases == 3
    assert np.isnan(found.mean["case_auroc"].value)  # every case has an abnormal slice
    assert found.mean["case_ap"].value != found.mean["case_ap"].value


def test_every_figure_has_an_interval_around_it(result: Path) -> None:
    for name, figure in read_evaluation(result).mean.items():
        if not np.isnan(figure.value) and name not in ("pixel_dice", "pixel_iou"):
            assert figure.low <= figure.value <= figure.high, name
            # Told apart without a mistake, cases are so in every draw.
            assert figure.low < figure.high or figure.value == 1.0, name


def test_streaming_and_exact_agree_within_the_bound(slices: Path, result: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(slices), "-o", str(tmp_path), "--pixel-metrics", "exact", *QUICK]
    assert main(["evaluate", "bmad_brain", *arguments]) == 0
    exact, streamed = read_evaluation(tmp_path).mean, read_evaluation(result).mean
    for name in ("pixel_auroc", "pixel_ap", "pixel_f1_max", "pixel_aupro"):
        assert abs(exact[name].value - streamed[name].value) <= streamed[name].error_bound + 1e-9, name
        assert exact[name].error_bound < 1e-8


def run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_monai_bundle_run_and_torchrun_give_the_same(
    slices: Path, result: Path, tmp_path: Path, processes: int
) -> None:
    launcher = ["torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m"] if processes == 2 else []
    config = ["--config_file", str(compose("brain_mri", workflow="evaluate")[0])]
    settings = ["--dataset_dir", str(slices.parent), "--output_dir", "out", "--bootstrap", "200"]
    done = run([*launcher, "monai.bundle", "run", *config, *settings], tmp_path)
    assert done.returncode == 0, done.stderr
    ours, theirs = read_evaluation(result), read_evaluation(tmp_path / "out")
    assert [image[:3] for image in ours.classes[0].scores] == [image[:3] for image in theirs.classes[0].scores]
    for mine, other in zip(ours.classes[0].scores, theirs.classes[0].scores, strict=True):
        assert mine.score == pytest.approx(other.score, abs=1e-6)
    for name, figure in ours.mean.items():
        assert figure == pytest.approx(theirs.mean[name], abs=1e-5, nan_ok=True), name


def test_several_classes_each_with_its_noun(tmp_path: Path) -> None:
    make_tree("visa", tmp_path / "data")
    assert main(["evaluate", "visa", "--data", str(tmp_path / "data"), "-o", str(tmp_path / "out"), *QUICK]) == 0
    found = read_evaluation(tmp_path / "out")
    assert len(found.classes) > 1
    assert [one.noun for one in found.classes] == found.model["nouns"]
    images = json.loads((tmp_path / "out" / "results.json").read_text())
    assert "1200" in str(found.warnings)  # a full download has more
    assert images["format"] == 1


def test_volumes_are_sliced_by_the_domain(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    affine = np.diag([-1.0, -1.0, 4.0, 1.0])
    for name in ("images", "masks"):
        (tmp_path / "data" / name).mkdir(parents=True)
    for case in ("a", "b"):
        array = generator.normal(100, 20, (40, 36, 6)).astype(np.float32)
        mask = np.zeros((40, 36, 6), dtype=np.uint8)
        mask[10:20, 8:18, 2:4] = 2
        mask[0, 0, 5] = 1
        nib.save(nib.Nifti1Image(array, affine), tmp_path / "data" / "images" / f"{case}.nii.gz")
        nib.save(nib.Nifti1Image(mask, affine), tmp_path / "data" / "masks" / f"{case}.nii.gz")
    arguments = ["--data", str(tmp_path / "data"), "--domain", "brain_mri", "-o", str(tmp_path / "out"), *QUICK]
    assert main(["evaluate", "volumes", *arguments]) == 0
    found = read_evaluation(tmp_path / "out").classes[0]
    assert (found.images, found.abnormal, found.cases) == (12, 6, 2)
    assert main(["evaluate", "volumes", *arguments, "--mask-labels", "2"]) == 0
    found = read_evaluation(tmp_path / "out").classes[0]
    assert (found.images, found.abnormal) == (12, 4)
    assert {image.image for image in found.scores} >= {"images/a.nii.gz#slice=0", "images/b.nii.gz#slice=5"}


def test_a_volume_of_one_slice_is_what_its_mask_says(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name in ("images", "masks"):
        (tmp_path / "data" / name).mkdir(parents=True)
    for case, size in (("a", 0), ("b", 9)):
        mask = np.zeros((40, 36, 1), dtype=np.uint8)
        mask[10 : 10 + size, 8 : 8 + size] = 1
        array = generator.normal(100, 20, mask.shape).astype(np.float32)
        nib.save(nib.Nifti1Image(array, np.eye(4)), tmp_path / "data" / "images" / f"{case}.nii.gz")
        nib.save(nib.Nifti1Image(mask, np.eye(4)), tmp_path / "data" / "masks" / f"{case}.nii.gz")
    arguments = ["--data", str(tmp_path / "data"), "--domain", "brain_mri", "-o", str(tmp_path / "out"), *QUICK]
    assert main(["evaluate", "volumes", *arguments]) == 0
    found = read_evaluation(tmp_path / "out")
    assert [image.label for image in found.classes[0].scores] == [0, 1]
    assert not any("all images are abnormal" in line for line in found.warnings)


def adapters(path: Path, images: list[Path]) -> Path:
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    record = TrainingRecord.of([{"name": "visa", "split": "test"}], images, epoch_rule="last", epoch=20, seed=0)
    write_adapters(path, ACDCLIP(backbone).adapters().state_dict(), {"epoch": 20, **record.to_notes()})
    return path


def test_images_of_the_training_set_are_refused_unless_forced(
    slices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "elsewhere.png"  # by content: another name in another folder is the same image
    seen.write_bytes((slices / "test/good/img/001_1.png").read_bytes())
    weights = adapters(tmp_path / "w.safetensors", [seen])
    arguments = ["evaluate", "bmad_brain", "--data", str(slices), "--weights", str(weights), "-o", str(tmp_path / "o")]
    assert main([*arguments, *QUICK]) == 2
    assert "1 of 12 images were trained on (visa (test)): 001_1.png" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    assert main([*arguments, *QUICK, "--allow-overlap"]) == 0
    found = read_evaluation(tmp_path / "o")
    assert found.overlap == ["001_1.png"]
    assert found.training is not None
    assert (found.training["epoch_rule"], found.training["epoch"], found.training["images"]) == ("last", 20, 1)
    assert "TRAIN" in (tmp_path / "o" / "results.md").read_text().upper()


def test_other_images_are_fine(slices: Path, tmp_path: Path) -> None:
    other = make_slices(tmp_path / "other", cases=1, seed=9)
    weights = adapters(tmp_path / "w.safetensors", sorted(other.glob("test/*/img/*.png")))
    arguments = ["--data", str(slices), "--weights", str(weights), "-o", str(tmp_path / "o"), *QUICK]
    assert main(["evaluate", "bmad_brain", *arguments]) == 0
    assert read_evaluation(tmp_path / "o").overlap == []


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_slices(tmp_path / "Brain_AD")
    (root / "test/good/img/000_1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    assert main(["evaluate", "bmad_brain", "--data", str(root), "-o", str(tmp_path / "o"), *QUICK]) == 1
    assert (
        "1 of 12 images could not be evaluated and are in no figure: test/good/img/000_1.png" in capsys.readouterr().err
    )
    found = read_evaluation(tmp_path / "o")
    assert found.classes[0].images == 11
    assert any("not evaluated: test/good/img/000_1.png" in line for line in found.warnings)


def test_labels_and_masks_that_disagree_are_said(slices: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(slices), "-o", str(tmp_path), "--mask-labels", "7", *QUICK]
    assert main(["evaluate", "bmad_brain", *arguments]) == 0
    line = next(line for line in read_evaluation(tmp_path).warnings if "disagree" in line)
    assert "6 of the images: test/Ungood/img/000_0.png, " in line


def test_a_report_among_the_images_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        Image.new("L", (32, 32), 90).save(tmp_path / name / "1.png")
    arguments = ["--data", str(tmp_path), "--domain", "industrial", "-o", str(tmp_path / "out")]
    assert main(["evaluate", "folder", *arguments]) == 2
    assert f"among the images in {tmp_path}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nothing_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_slices(tmp_path / "Brain_AD", cases=1, slices=1)
    for image in root.glob("test/*/img/*.png"):
        image.write_bytes(b"\x89PNG\r\n\x1a\n broken")
    assert main(["evaluate", "bmad_brain", "--data", str(root), "-o", str(tmp_path / "o"), *QUICK]) == 1
    assert "2 of 2 images could not be evaluated" in capsys.readouterr().err
    assert all(np.isnan(figure.value) for figure in read_evaluation(tmp_path / "o").mean.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bmad_brian", "--data", "."], "did you mean bmad_brain"),
        (["bmad_brain", "--data", "nowhere"], "nowhere: no such folder"),
        (["folder", "--data", "."], "is your own; say how to read it with --domain"),
        (["bmad_brain", "--data", "{slices}", "--split", "exam"], "has no split 'exam'"),
        (["bmad_brain", "--data", "{slices}", "--resolution", "high"], "resolution is 'high'; wanted one of network"),
        (["bmad_brain", "--data", "{slices}", "--pixel-metrics", "fast"], "wanted one of streaming, exact"),
        (["bmad_brain", "--data", "{slices}", "--threshold", "2"], "threshold is 2.0"),
        (["bmad_brain", "--data", "{slices}", "--bootstrap", "-1"], "bootstrap is -1 draws"),
        (["bmad_brain", "--data", "{slices}", "--seed", "-1"], "seed is -1; wanted 0 or more"),
        (["bmad_brain", "--data", "{slices}", "--domain", "lung"], "no domain is called 'lung'"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    message: str,
    slices: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", *[argument.format(slices=slices) for argument in arguments]]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_compare_puts_runs_into_one_table(result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(result), str(result / "results.json"), "-o", str(tmp_path / "c")]) == 0
    assert "image AUROC" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "c").iterdir()} == {
        "comparison.csv", "comparison.html", "comparison.md",
    }  # fmt: skip
