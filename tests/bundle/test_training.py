"""The training workflow: its outputs, its validation, several processes, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from monai.bundle import ConfigWorkflow
from PIL import Image

from acd_monai.bundle import DATASETS, DOMAINS, compose, run_bundle
from acd_monai.cli import main
from acd_monai.data import TrainingRecord
from acd_monai.errors import ConfigError, InputError, ProtocolError
from acd_monai.networks.checkpoints import export_official, read_adapters
from acd_monai.reports.evaluation import read_evaluation
from tests.training_files import train, write_training_tree

REPOSITORY = Path(__file__).parents[2]
TRAINABLE = ("colonoscopy", "industrial")
OF_THE_DOMAIN = {"domain", "datasets", "noun", "blur", "score_weights"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_tree(tmp_path_factory.mktemp("data"))


def losses(run: Path) -> list[list[float]]:
    rows = list(csv.reader((run / "losses.csv").read_text().splitlines()))
    assert rows[0] == ["step", "epoch", "loss", "image_loss", "pixel_loss"]
    return [[float(cell) for cell in row] for row in rows[1:]]


@pytest.mark.parametrize("domain", TRAINABLE)
def test_properties(domain: str) -> None:
    config = DOMAINS.find(domain).with_name("train.json")
    workflow = ConfigWorkflow(
        config_file=str(config),
        meta_file=str(config.with_name("metadata.json")),
        logging_file=False,
        workflow_type="train",
        output_dir="$'nowhere'",
        initialize=[],
    )
    workflow.initialize()
    assert workflow.check_properties() == []
    assert workflow.max_epochs == 20


def test_bundles_differ_only_in_their_domain() -> None:
    for name in ("train.json", "multi_gpu_train.json"):
        contents = [json.loads(DOMAINS.find(domain).with_name(name).read_text()) for domain in TRAINABLE]
        shared = [{key: value for key, value in content.items() if key not in OF_THE_DOMAIN} for content in contents]
        assert shared[0] == shared[1]


def test_what_training_and_evaluation_share_is_the_same() -> None:
    configs = [
        json.loads(DOMAINS.find("industrial").with_name(f"{name}.json").read_text()) for name in ("train", "evaluate")
    ]
    del configs[0]["backbone"]["checkpointing"]
    shared = {"architecture", "backbone", "network", "network_def", "prompts", "noun", "blur", "score_weights", "fit"}
    for key in shared:
        assert configs[0][key] == configs[1][key], key
    transforms = [config["validate"]["preprocessing"]["transforms"] for config in configs]
    assert transforms[0] == transforms[1] == configs[0]["train"]["preprocessing"]["transforms"][:-1]


def test_losses_fall_and_only_adapters_are_kept(root: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    adapters = train(root, run, epochs=10)
    rows = losses(run)
    assert [row[:2] for row in rows] == [[step, (step - 1) // 4 + 1] for step in range(1, 41)]
    assert sum(row[2] for row in rows[-8:]) < 0.95 * sum(row[2] for row in rows[:8])
    written = read_adapters(run / "adapters_last.safetensors")
    assert {name: tuple(value.shape) for name, value in written.state.items()} == {
        name: tuple(value.shape) for name, value in adapters.items()
    }
    assert all(torch.equal(value, adapters[name]) for name, value in written.state.items())
    assert not any("clip" in name for name in written.state)
    assert written.notes["epoch"] == 10


def test_the_record_keeps_the_weights_from_being_tested_on_their_training_set(root: Path, tmp_path: Path) -> None:
    train(root, tmp_path / "run", epochs=1)
    weights = tmp_path / "run" / "adapters_last.safetensors"
    record = TrainingRecord.from_notes(read_adapters(weights).notes)
    assert record is not None
    assert (len(record.files), record.epoch_rule, record.epoch, record.seed) == (14, "last", 1, 0)
    assert record.datasets == ({"name": "mvtec", "split": "test", "images": 14, "abnormal": 8},)
    settings = {"dataset_dir": str(root), "weights": str(weights), "output_dir": str(tmp_path / "figures")}
    with pytest.raises(ProtocolError, match="14 of 14 images were trained on"):
        run_bundle([*compose("industrial", workflow="evaluate"), tmp_path / "tiny.json"], settings)
    # Trained on something else after that, they still remember.
    other = write_training_tree(tmp_path / "other", ("tile",))
    train(other, tmp_path / "second", epochs=1, weights=str(weights))
    second = TrainingRecord.from_notes(read_adapters(tmp_path / "second" / "adapters_last.safetensors").notes)
    assert second is not None
    assert len(second.files) == 14 + 7


def test_weights_without_a_record_stay_unknown_after_more_training(root: Path, tmp_path: Path) -> None:
    train(root, tmp_path / "run", epochs=1)
    foreign = tmp_path / "adapter_20.pth"
    export_official(read_adapters(tmp_path / "run" / "adapters_last.safetensors"), foreign)
    other = write_training_tree(tmp_path / "other", ("tile",))
    train(other, tmp_path / "second", epochs=1, weights=str(foreign))
    weights = tmp_path / "second" / "adapters_last.safetensors"
    settings = {"dataset_dir": str(root), "weights": str(weights), "output_dir": str(tmp_path / "figures")}
    run_bundle([*compose("industrial", workflow="evaluate"), tmp_path / "tiny.json"], {**settings, "bootstrap": 0})
    found = read_evaluation(tmp_path / "figures")
    assert any("nothing says all that it was trained on" in line for line in found.warnings)
    assert "TRAINING DATA UNKNOWN" in (tmp_path / "figures" / "results.md").read_text()


def test_validation_chooses_the_best_and_stops_early(root: Path, tmp_path: Path) -> None:
    run, validation = tmp_path / "run", write_training_tree(tmp_path / "validation", ("tile", "wood"))
    settings = {"validation_dataset": "mvtec", "validation_dir": str(validation), "early_stopping": 2, "image_lr": 0.0}
    train(root, run, epochs=9, text_lr=0.0, **settings)
    rows = list(csv.reader((run / "validation.csv").read_text().splitlines()))
    assert rows[0][:2] == ["epoch", "image_auroc"]
    assert len(set(rows[1][1:])) > 1
    assert rows[1][1:] == rows[2][1:]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3"]  # nothing is learned: the first stays the best
    best = read_adapters(run / "adapters_best.safetensors")
    assert best.notes["epoch"] == 1
    assert best.notes["training"]["epoch_rule"] == "best pixel_auroc on mvtec/test"
    assert read_adapters(run / "adapters_last.safetensors").notes["epoch"] == 3
    assert torch.load(run / "model.pt", weights_only=True)["model"].keys() == best.state.keys()
    train(root, run, epochs=9, text_lr=0.0, **settings)
    assert len(losses(run)) == 3 * 4
    copy = shutil.copytree(root, tmp_path / "copy")
    with pytest.raises(ConfigError, match="14 of 14 images of the validation set mvtec .* are trained on"):
        train(root, tmp_path / "leak", validation_dataset="mvtec", validation_dir=str(copy))
    files = [*compose("industrial", workflow="evaluate"), tmp_path / "tiny.json"]
    run_bundle(
        [files[0], DATASETS.find("mvtec"), files[1]],
        {
            "dataset_dir": str(validation),
            "weights": str(run / "adapters_best.safetensors"),
            "bootstrap": 0,
            "output_dir": str(tmp_path / "figures"),
        },
    )
    assert any(
        "was chosen (best pixel_auroc on mvtec/test)" in line for line in read_evaluation(tmp_path / "figures").warnings
    )


def test_several_sets_train_together(root: Path, tmp_path: Path) -> None:
    colon = tmp_path / "colon"
    for index in range(3):
        for folder, picture in (
            ("images", Image.new("RGB", (30, 30), (9 * index, 80, 80))),
            ("masks", Image.new("L", (30, 30))),
        ):
            if folder == "masks":
                picture.paste(255, (5, 5, 20, 20))
            (colon / "CVC-ColonDB" / folder).mkdir(parents=True, exist_ok=True)
            picture.save(colon / "CVC-ColonDB" / folder / f"{index}.png")
    run = tmp_path / "run"
    train([str(root), str(colon)], run, datasets=["mvtec", "colondb"], epochs=1)
    record = TrainingRecord.from_notes(read_adapters(run / "adapters_last.safetensors").notes)
    assert record is not None
    assert [(dataset["name"], dataset["images"]) for dataset in record.datasets] == [("mvtec", 14), ("colondb", 3)]
    with pytest.raises(ConfigError, match="2 data sets with 3 root folders"):
        train([str(root)] * 3, tmp_path / "odd", datasets=["mvtec", "colondb"])


def test_only_abnormal_images_are_said(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    train(write_training_tree(tmp_path / "data", normal=0), tmp_path / "run", epochs=1)
    assert "every image is abnormal: maps can be learned from mvtec, image scores cannot" in capsys.readouterr().out


def test_two_processes_match_one(root: Path, tmp_path: Path) -> None:
    train(root, tmp_path / "one")
    config = DOMAINS.find("industrial").with_name("train.json")
    files = [str(config), str(config.with_name("multi_gpu_train.json")), str(tmp_path / "tiny.json")]
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"),
        *("-m", "monai.bundle", "run", "--config_file", str(files), "--backend", "gloo"),
        *("--dataset_dir", str(root), "--output_dir", str(tmp_path / "two"), "--accumulate", "2"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert losses(tmp_path / "two") == [pytest.approx(row, abs=1e-4) for row in losses(tmp_path / "one")]


def test_tracking_adds_mlflow(tmp_path: Path) -> None:
    config = DOMAINS.find("industrial").with_name("train.json")
    workflow = ConfigWorkflow(
        config_file=str(config),
        meta_file=str(config.with_name("metadata.json")),
        logging_file=False,
        workflow_type="train",
        tracking="mlflow",
        output_dir=f"$'{tmp_path}'",
    )
    handlers = workflow.parser["train#handlers"]
    assert handlers[-1]["_target_"] == "MLFlowHandler"
    assert workflow.parser["train#handlers#8#_target_"] == "acd_monai.handlers.TrainingState"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no abnormal", "no image is abnormal"),
        ("no masks", "8 of 8 abnormal images have no mask"),
        ("another mask size", r"1 of 14 images cannot be used: .*006\.png: .*the mask is 7 x 5 x 1, its image 48 x 46"),
        ("unknown class", "class 'spoon' of data set 'mvtec' has no noun"),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(tmp_path: Path, change: str, message: str) -> None:
    if change == "unknown class":
        root = write_training_tree(tmp_path / "data", ("bottle", "spoon"))
    else:
        root = write_training_tree(tmp_path / "data", abnormal=0 if change == "no abnormal" else 4)
    if change == "another mask size":
        Image.new("L", (7, 5)).save(next(root.rglob("*_mask.png")))
    if change == "no masks":
        for mask in root.rglob("*_mask.png"):
            mask.unlink()
    with pytest.raises((InputError, ConfigError), match=message):
        train(root, tmp_path / "run")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"datasets": ["vista"]}, "no dataset is called 'vista'; did you mean visa"),
        ({"early_stopping": 2}, "early stopping after 2 validations without a validation set"),
        ({"save_interval": -1}, "save_interval is -1"),
        ({"cache": "ram"}, "cache mode is 'ram'"),
        ({"val_metric": "dice"}, "key_figure is 'dice'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"epochs": 0}, "epochs is 0"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(root: Path, tmp_path: Path, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        train(root, tmp_path / "run", **settings)


def test_an_output_folder_in_the_data_is_refused(tmp_path: Path) -> None:
    data = write_training_tree(tmp_path / "data", ("bottle",), 1, 1)
    for output in (data, data / "runs" / "one", tmp_path / "elsewhere" / ".." / "data" / "run"):
        with pytest.raises(ConfigError, match="lies in the data folder .*; choose one outside with -o"):
            train(data, output)
    assert {path.suffix for path in data.rglob("*.*")} == {
        ".png",
        ".json",
    }  # pictures, and what `train` here writes


def test_weights_of_another_number_of_groups_are_refused(root: Path, tmp_path: Path) -> None:
    train(root, tmp_path / "run", epochs=1)
    weights = str(tmp_path / "run" / "adapters_last.safetensors")
    with pytest.raises(ConfigError, match="n_groups is 4, but adapters_last.safetensors holds 2 groups"):
        train(root, tmp_path / "other", weights=weights, n_groups=4)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    small = write_training_tree(tmp_path / "small", ("bottle",), 1, 1)
    arguments = ["train", "industrial", "--data", str(small), "--dataset", "mvtec", "-o", str(tmp_path / "run")]
    assert main([*arguments, "--epochs", "1", "--batch-size", "2"]) == 0
    assert (tmp_path / "run" / "adapters_last.safetensors").is_file()
    assert main([*arguments, "--manifest", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    if find_spec("mlflow") is None:
        assert main([*arguments, "--tracking", "mlflow"]) == 2
        assert "`pip install mlflow`" in capsys.readouterr().err
    assert main(["train", "brain_mri", *arguments[2:]]) == 2
    assert "domain brain_mri has no train workflow; wanted one of colonoscopy, industrial" in capsys.readouterr().err
