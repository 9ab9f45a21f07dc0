"""A training run survives what happens to long jobs."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from acd_monai.errors import ConfigError, InputError, RunStoppedError, TrainingStoppedError, WeightsError
from tests.training_files import train, write_training_tree

REPOSITORY = Path(__file__).parents[2]

KILLED = """
import os, signal, sys
from pathlib import Path
from acd_monai.engines import AdapterTrainer
from tests.training_files import train

moment, step = sys.argv[3], int(sys.argv[4])
iteration, replace = AdapterTrainer._iteration, os.replace

def die_in_a_step(self, engine, batch):
    if engine.state.iteration == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return iteration(self, engine, batch)

def die_in_a_save(source, target):
    if Path(target).name == "training_state.pt":
        die_in_a_save.saved += 1
        if die_in_a_save.saved == step:
            os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

die_in_a_save.saved = 0
if moment == "step":
    AdapterTrainer._iteration = die_in_a_step
else:
    os.replace = die_in_a_save
train(Path(sys.argv[1]), Path(sys.argv[2]), save_interval=1)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_training_tree(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def unbroken(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("unbroken") / "run"
    train(root, run)
    return run


def killed(root: Path, run: Path, moment: str, step: int) -> None:
    command = [sys.executable, "-c", KILLED, str(root), str(run), moment, str(step)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def assert_same_weights(run: Path, other: Path) -> None:
    states = [torch.load(folder / "training_state.pt", weights_only=True) for folder in (run, other)]
    assert states[0]["model"].keys() == states[1]["model"].keys()
    for name, value in states[0]["model"].items():
        assert torch.equal(value, states[1]["model"][name]), name
    for number, moments in states[0]["optimizer"]["state"].items():
        for name, value in moments.items():
            assert torch.equal(value, states[1]["optimizer"]["state"][number][name])
    assert states[0]["lr_scheduler"]["_last_lr"] == states[1]["lr_scheduler"]["_last_lr"]


def test_killed_in_a_step_and_in_a_save_it_ends_with_the_same_bits(root: Path, unbroken: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    killed(root, run, "step", 3)  # in the middle of the first epoch
    assert torch.load(run / "training_state.pt", weights_only=True)["trainer"]["iteration"] == 2
    killed(root, run, "save", 2)  # the second save after: of the end of that epoch
    assert torch.load(run / "training_state.pt", weights_only=True)["trainer"]["iteration"] == 3
    train(root, run)
    assert_same_weights(run, unbroken)
    for name in ("losses.csv", "adapters_last.safetensors"):
        assert (run / name).read_bytes() == (unbroken / name).read_bytes(), name
    assert (run / "loss_curve.png").read_bytes().startswith(b"\x89PNG")
    assert not list(run.glob(".tmp-*"))


def test_a_finished_run_says_so_and_can_be_prolonged(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    train(root, run, epochs=1)
    before = (run / "training_state.pt").stat().st_mtime_ns
    train(root, run, epochs=1)
    assert "all 1 epochs are done already" in capsys.readouterr().out
    assert (run / "training_state.pt").stat().st_mtime_ns == before
    train(root, run, epochs=2)
    train(root, other, epochs=2)
    assert_same_weights(run, other)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_groups": 4}, r"network.settings.n_groups 2, now 4"),
        ({"image_size": 42}, r"network.image_size 28, now 42"),
        ({"seed": 1}, r"seed 0, now 1"),
        ({"image_lr": 0.1}, r"learning_rates \[0.0005, 0.001\], now \[0.0005, 0.1\]"),
    ],
)
def test_a_run_with_other_settings_is_refused(root: Path, unbroken: Path, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=f"holds a run with other settings .*{message}.*another folder with -o"):
        train(root, unbroken, **settings)


def test_a_run_with_other_images_is_refused(unbroken: Path, tmp_path: Path) -> None:
    other = write_training_tree(tmp_path / "other", normal=2)
    with pytest.raises(ConfigError, match="holds a run with other settings .*images '.*', now '"):
        train(other, unbroken)


def test_a_damaged_state_is_refused(root: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "training_state.pt").write_bytes(b"not a state")
    with pytest.raises(WeightsError, match="training_state.pt is not a readable checkpoint"):
        train(root, run)


def test_a_loss_that_is_no_number_names_the_batch_and_keeps_the_last_good_state(root: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(TrainingStoppedError, match=r"step 2 \(epoch 1\) gave loss nan .* (bottle|screw)/test/.*\.png"):
        train(root, run, image_lr=1e30, save_interval=1)
    state = torch.load(run / "training_state.pt", weights_only=True)
    assert state["trainer"]["iteration"] == 1
    assert all(value.isfinite().all() for value in state["model"].values())


def test_damaged_images_are_named_before_the_first_step(tmp_path: Path) -> None:
    root = write_training_tree(tmp_path / "data")
    for name in ("bottle/test/good/001.png", "screw/test/square/005.png"):
        (root / name).write_bytes((root / name).read_bytes()[:200])
    with pytest.raises(InputError, match=r"2 of 14 images cannot be used: .*good/001.png.*square/005.png"):
        train(root, tmp_path / "run")
    assert not list((tmp_path / "run").glob("*"))


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file grows beyond 300 kB, as on a disk that fills up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_stops_the_run_with_one_line(root: Path, tmp_path: Path, small_disk: None) -> None:
    with pytest.raises(RunStoppedError, match=r"stopped at step \d: could not write .*run/.*The same command goes on"):
        train(root, tmp_path / "run")


def test_a_disk_cache_is_used_again(unbroken: Path, tmp_path: Path) -> None:
    root = write_training_tree(tmp_path / "data")
    train(root, tmp_path / "run", cache="disk", cache_dir=str(tmp_path / "cache"))
    assert_same_weights(tmp_path / "run", unbroken)
    for picture in root.rglob("*.png"):  # a file of the same size and time is taken for the same
        moment = picture.stat()
        picture.write_bytes(bytes(moment.st_size))
        os.utime(picture, ns=(moment.st_atime_ns, moment.st_mtime_ns))
    train(root, tmp_path / "again", cache="disk", cache_dir=str(tmp_path / "cache"))
    assert_same_weights(tmp_path / "again", unbroken)
