"""Federated learning with MONAI's client: sites exchange adapters, and nothing else leaves them."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.fl.client import MonaiAlgo
from monai.fl.utils.constants import ExtraItems, WeightType
from monai.fl.utils.exchange_object import ExchangeObject
from torch import Tensor

from acd_monai.bundle import DOMAINS, OnlyAdapters, compose, run_bundle
from acd_monai.data import PromptEnsemble, TrainingRecord
from acd_monai.errors import ConfigError, InputError, ProtocolError, find_cause
from acd_monai.networks import (
    ACDCLIP,
    APRILGAN,
    CLIPAD,
    AdaCLIP,
    AnomalyCLIP,
    AnomalyDetector,
    AnomalyNetwork,
    ClipBackbone,
    TrainingView,
)
from acd_monai.networks.checkpoints import read_adapters
from acd_monai.reports.evaluation import read_evaluation
from tests.training_files import TINY, write_training_tree

REPOSITORY = Path(__file__).parents[2]
FEDERATED = ("colonoscopy", "industrial")

pytestmark = pytest.mark.filterwarnings("ignore:executing the bundle config")


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "tiny.json"
    settings = {"device": "$torch.device('cpu')", "datasets": ["mvtec"], "tensorboard": False, "bootstrap": 0}
    path.write_text(json.dumps({**TINY, **settings}))
    return path


def client(site: Path, tiny: Path, *, eval_settings: dict[str, Any] | None = None, **settings: Any) -> MonaiAlgo:
    """A site with ``train`` and ``validation`` images in its folder; MONAI's default files, tiny on top."""
    return MonaiAlgo(
        bundle_root=str(DOMAINS.find("industrial").parents[1]),
        config_train_filename=["configs/train.json", str(tiny)],
        train_kwargs={"dataset_dir": str(site / "train"), "output_dir": str(site / "run"), "augmentation": None},
        config_evaluate_filename=["configs/train.json", "configs/evaluate.json", str(tiny)],
        eval_kwargs={
            "dataset_dir": str(site / "validation"),
            "trained_on": str(site / "train"),
            "output_dir": str(site / "evaluation"),
            **(eval_settings or {}),
        },
        config_filters_filename="configs/fl_filters.json",
        **settings,
    )


def first_weights(site: Path, tiny: Path) -> ExchangeObject:
    """What a server begins with: the adapters of seed 0."""
    algo = client(site, tiny, send_weight_diff=False)
    algo.config_evaluate_filename = None
    algo.initialize()
    return algo.get_weights()


def mean_losses(run: Path) -> dict[int, float]:
    with (run / "losses.csv").open(newline="") as file:
        rows = [(int(row["epoch"]), float(row["loss"])) for row in csv.DictReader(file)]
    epochs = {epoch for epoch, _ in rows}
    return {epoch: sum(loss for e, loss in rows if e == epoch) / sum(e == epoch for e, _ in rows) for epoch in epochs}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_training_tree(folder / "train", ("bottle",))
    write_training_tree(folder / "validation", ("tile",))
    return folder


def test_the_life_of_a_client(site: Path, tiny: Path) -> None:
    start = first_weights(site, tiny)
    algo = client(site, tiny)  # sends differences, as is MONAI's default
    algo.initialize(extra={ExtraItems.CLIENT_NAME: "site-1"})
    assert algo.trainer is not None
    assert algo.evaluator is not None

    algo.train(start)
    sent = algo.get_weights()
    assert sent.weight_type == WeightType.WEIGHT_DIFF
    assert sent.weights.keys() == start.weights.keys()
    assert sent.statistics["num_executed_iterations"] == 2
    trained = algo.trainer.network.state_dict()
    for name, difference in sent.weights.items():
        assert torch.allclose(trained[name], start.weights[name] + difference, atol=1e-6), name
    assert sum(float(difference.abs().sum()) for difference in sent.weights.values()) > 0

    new = ExchangeObject(weights={name: start.weights[name] + change for name, change in sent.weights.items()})
    metrics = algo.evaluate(new).metrics
    assert 0 <= metrics["pixel_auroc"] <= 1
    evaluated = algo.evaluator.network.state_dict()
    assert all(torch.equal(evaluated[name], value) for name, value in new.weights.items())
    algo.train(new)
    algo.finalize()
    assert sorted(mean_losses(site / "run")) == [1, 2]

    # The report and the adapters do not claim that nobody else's images are in the weights.
    report = read_evaluation(site / "evaluation")
    assert report.training is None
    assert report.model["weights"]["source"] == "weights handed over while running"
    assert report.model["weights"]["trained"]
    assert any("whether it has seen these images cannot be known" in line for line in report.warnings)
    record = TrainingRecord.from_notes(read_adapters(site / "run" / "adapters_last.safetensors").notes)
    assert record is not None
    assert [dataset["name"] for dataset in record.datasets] == ["unknown", "mvtec"]
    assert not record.complete


def test_two_sites_lower_the_loss_of_both(tmp_path: Path, tiny: Path) -> None:
    sites = [tmp_path / name for name in ("north", "south")]
    for folder, name in zip(sites, ("bottle", "screw"), strict=True):
        write_training_tree(folder / "train", (name,), normal=8, abnormal=8)
    algos = [client(folder, tiny, send_weight_diff=False) for folder in sites]
    for algo in algos:
        algo.config_evaluate_filename = None
        algo.initialize()
    together = algos[0].get_weights()
    for _ in range(3):
        received = []
        for algo in algos:
            algo.train(together)
            received.append(algo.get_weights().weights)
        mean = {name: torch.stack([weights[name] for weights in received]).mean(dim=0) for name in together.weights}
        together = ExchangeObject(weights=mean)
    for algo, folder in zip(algos, sites, strict=True):
        algo.finalize()
        losses = mean_losses(folder / "run")
        assert losses[3] < 0.97 * losses[1]


def test_only_adapters_leave_the_site() -> None:
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    network = ACDCLIP(backbone)
    view = TrainingView(AnomalyDetector(network, "scan", PromptEnsemble(["{}"], ["a damaged {}"], ["{}."])))
    state = view.state_dict()
    for domain in FEDERATED:
        (settings,) = json.loads(DOMAINS.find(domain).with_name("fl_filters.json").read_text())["post_weight_filters"]
        assert settings.pop("_target_") == "acd_monai.bundle.OnlyAdapters"
        sent: dict[str, Tensor] = OnlyAdapters(**settings)(ExchangeObject(weights=dict(state))).weights
        assert sent.keys() == {f"network.{name}" for name in network.adapters().state_dict()}
        assert sent.keys() == {name for name, parameter in view.named_parameters() if parameter.requires_grad}
        assert sum(value.nbytes for value in sent.values()) < 4e6
        blend = "network.text_adapters.0.blend"
        assert sent[blend].data_ptr() != state[blend].data_ptr()
    assert OnlyAdapters(["network."])(ExchangeObject()).weights is None


@pytest.mark.parametrize("method", [AdaCLIP, AnomalyCLIP, APRILGAN, partial(CLIPAD, variant="sdp_plus")])
def test_other_methods_send_what_they_train_and_notice_what_they_get(method: Callable[..., AnomalyNetwork]) -> None:
    network = method(ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias"))
    view = TrainingView(
        AnomalyDetector(network, "scan", PromptEnsemble(["X " * 12 + "{}"], ["X " * 12 + "{}"], ["{}"]))
    )
    (settings,) = json.loads(DOMAINS.find("industrial").with_name("fl_filters.json").read_text())["post_weight_filters"]
    state = view.state_dict()
    sent = OnlyAdapters(settings["prefixes"])(ExchangeObject(weights=dict(state))).weights
    assert sent.keys() == {name for name in state if not name.startswith("network.backbone.")}
    assert len(sent) == len(network.adapters().state_dict())
    view.load_state_dict(state)
    assert not network.provenance.trained
    view.load_state_dict({**state, **{name: value + 1 for name, value in sent.items()}})
    assert network.provenance.source == "weights handed over while running"
    assert network.notes == {}


def test_a_filter_that_would_send_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="no prefix"):
        OnlyAdapters([])
    with pytest.raises(ConfigError, match="no tensor to send begins with adapters.; the names are module.a, module.b"):
        OnlyAdapters(["adapters."])(ExchangeObject(weights={"module.a": torch.zeros(1), "module.b": torch.zeros(1)}))


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"dataset_dir": "{site}/train"}, ProtocolError, r"7 of 7 images were trained on \(train\)"),
        ({"trained_on": "{site}/nowhere"}, InputError, "nowhere, which holds no files"),
    ],
)
def test_a_site_does_not_evaluate_on_its_training_images(
    site: Path, tiny: Path, settings: dict[str, str], kind: type[Exception], message: str
) -> None:
    algo = client(site, tiny, eval_settings={name: value.format(site=site) for name, value in settings.items()})
    algo.config_train_filename = None
    with pytest.raises(RuntimeError) as raised:
        algo.initialize()
    cause = find_cause(raised.value)
    assert isinstance(cause, kind)
    with pytest.raises(kind, match=message):
        raise cause


def test_evaluate_over_train_is_evaluate(site: Path, tiny: Path, tmp_path: Path) -> None:
    settings = {"dataset_dir": str(site / "validation"), "bootstrap": 20, "seed": 3}
    run_bundle([*compose("industrial", workflow="evaluate"), tiny], {**settings, "output_dir": str(tmp_path / "alone")})
    configs = shutil.copytree(DOMAINS.find("industrial").parents[1], tmp_path / "bundle") / "configs"
    files = [*(str(configs / f"{name}.json") for name in ("train", "evaluate")), str(tiny)]
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", str(files), "--output_dir", "over"]
    arguments = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    alone, over = read_evaluation(tmp_path / "alone"), read_evaluation(tmp_path / "over")
    assert alone.mean.keys() == over.mean.keys()
    for name, figure in alone.mean.items():
        assert figure == pytest.approx(over.mean[name], abs=1e-6, nan_ok=True), name
    assert alone.model == over.model
    assert alone.training == over.training
