"""The methods other than ACD-CLIP train with the same workflow, and what they write is used like any weights."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch

from acd_monai.bundle import METHODS, compose, run_bundle
from acd_monai.cli import main
from acd_monai.data import TrainingRecord
from acd_monai.errors import ProtocolError, WeightsError
from acd_monai.networks.weights import read_notes_of
from acd_monai.reports.evaluation import read_evaluation
from tests.training_files import tiny_config, train, write_training_tree

TRAINED = {"ada_clip": "AdaCLIP", "anomaly_clip": "AnomalyCLIP", "april_gan": "APRILGAN", "clip_ad": "CLIPAD"}
EPOCHS = 3


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_tree(tmp_path_factory.mktemp("data"), ("bottle",), normal=4, abnormal=4)


@pytest.fixture(scope="module", params=TRAINED)
def method(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def run(root: Path, method: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp(method) / "run"
    train(root, run, method, epochs=EPOCHS)
    return run


def files(run: Path, method: str, workflow: str) -> list[Path]:
    return [*compose("industrial", method, workflow=workflow), tiny_config(run.parent, method)]


def test_the_loss_falls(run: Path, method: str) -> None:
    with (run / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    epochs = [[float(row["loss"]) for row in rows if int(row["epoch"]) == epoch] for epoch in range(1, EPOCHS + 1)]
    batch_size = json.loads(METHODS.find(method).read_text(encoding="utf-8"))["training_batch_size"]
    assert [len(losses) for losses in epochs] == [-(-8 // batch_size)] * EPOCHS
    means = [sum(losses) / len(losses) for losses in epochs]
    assert max(means[1:]) < means[0]


def test_its_weights_evaluate_and_infer(run: Path, root: Path, method: str, tmp_path: Path) -> None:
    weights = run / "adapters_last.safetensors"
    record = TrainingRecord.from_notes(read_notes_of(TRAINED[method], weights))
    assert record is not None
    assert (len(record.files), record.epoch_rule, record.epoch) == (8, "last", EPOCHS)
    settings = {"weights": str(weights), "output_dir": str(tmp_path / "figures"), "bootstrap": 0}
    other = write_training_tree(tmp_path / "other", ("tile",), normal=1, abnormal=1)
    run_bundle(files(run, method, "evaluate"), {**settings, "dataset_dir": str(other)})
    report = read_evaluation(tmp_path / "figures")
    assert report.model["method"] == TRAINED[method]
    assert report.model["weights"]["source"] == weights.name
    assert report.training is not None
    with pytest.raises(ProtocolError, match="8 of 8 images were trained on"):
        run_bundle(files(run, method, "evaluate"), {**settings, "dataset_dir": str(root)})
    picture = next(other.glob("tile/test/square/*.png"))
    settings = {"weights": str(weights), "output_dir": str(tmp_path / "maps"), "dataset_dir": str(picture)}
    run_bundle(files(run, method, "inference"), settings)
    assert len(list((tmp_path / "maps").glob("*_anomaly.nii.gz"))) == 1


def test_training_goes_on_from_its_weights_and_its_state(run: Path, root: Path, method: str, tmp_path: Path) -> None:
    before = torch.load(run / "model_last.pt", weights_only=True)["model"]
    done = train(root, run, method, epochs=EPOCHS)
    assert all(torch.equal(value, before[name]) for name, value in done.items())
    start = {"weights": str(run / "adapters_last.safetensors"), "learning_rate": 0.0, "epochs": 1}
    same = train(root, tmp_path / "run", method, **start)
    assert all(torch.equal(value, before[name]) for name, value in same.items())


def test_weights_of_another_method_are_refused(run: Path, method: str, tmp_path: Path) -> None:
    other = "clip_ad" if method == "april_gan" else "april_gan"  # which have tensors of the same names and shapes
    weights = run / "adapters_last.safetensors"
    for wanted, name in ((other, TRAINED[other]), ("acd_clip", "ACDCLIP")):
        settings = {"weights": str(weights), "dataset_dir": str(tmp_path), "output_dir": str(tmp_path / "figures")}
        with pytest.raises(WeightsError, match=f"holds weights of {TRAINED[method]}, and the method is {name};"):
            run_bundle(files(run, wanted, "evaluate"), settings)


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"acd_clip", *TRAINED}))
def test_a_method_that_trains_nothing_says_so(
    method: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    arguments = ["train", "industrial", "--data", str(root), "--dataset", "mvtec", "-o", str(tmp_path / "run")]
    assert main([*arguments, "--method", method]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("acd-monai: ")]
    assert "has nothing to train" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "april-gan", "--text-lr", "0.1"], "--text-lr is no option of april-gan; wanted --learning-rate"),
        (["--learning-rate", "0.1"], "--learning-rate is no option of acd_clip; wanted --text-lr and --image-lr"),
    ],
)
def test_a_learning_rate_that_would_not_count_is_refused(
    options: list[str], message: str, root: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["train", "industrial", "--data", str(root), "-o", "unused", *options]) == 2
    assert message in capsys.readouterr().err
