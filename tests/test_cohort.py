"""Many cases in one run: killed, stopped, taken up again."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from acd_monai.bundle import DOMAINS
from acd_monai.cli import main
from acd_monai.data import reader
from acd_monai.networks import AnomalyDetector, Prediction

from .cohort_files import make_cohort, make_volume, maps_of, names_in, rows_without_seconds, times_of

COUNT = 5
OUTPUTS = ("nifti", "summary", "preview")


def arguments(inputs: Path, out: Path, *more: str) -> list[str]:
    """Three files a case are enough to see which are written anew."""
    return ["infer", str(inputs), "--domain", "brain_mri", "-o", str(out), "--outputs", ",".join(OUTPUTS), *more]


def command(*given: str) -> list[str]:
    return [sys.executable, "-m", "acd_monai", *given]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cohort(tmp_path_factory.mktemp("cohort") / "in", COUNT)


@pytest.fixture(scope="module")
def unbroken(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("unbroken")
    assert main(arguments(cohort, out)) == 0
    return out


@pytest.fixture
def finished(unbroken: Path, tmp_path: Path) -> Path:
    """A folder that a whole run has left, to be worked on."""
    return Path(shutil.copytree(unbroken, tmp_path / "out"))


def assert_same_as_unbroken(out: Path, unbroken: Path) -> None:
    assert names_in(out) == names_in(unbroken)
    assert maps_of(out) == maps_of(unbroken)
    assert rows_without_seconds(out) == rows_without_seconds(unbroken)


def test_killed_and_run_again(cohort: Path, unbroken: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = subprocess.Popen(command(*arguments(cohort, out)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(out.glob("*_summary.json")) and time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    assert run.wait(30) == -signal.SIGKILL
    (out / f".tmp-{run.pid}-case5_anomaly.nii.gz").write_bytes(b"half")  # as if it had been caught in the act
    done = {path.name.removesuffix("_summary.json") for path in out.glob("*_summary.json")}
    assert 1 <= len(done) < COUNT
    before = {name: at for name, at in times_of(out).items() if name.split("_")[0] in done}
    assert len(before) == 3 * len(done)

    assert main(arguments(cohort, out)) == 0

    after = times_of(out)
    assert {name: after[name] for name in before} == before
    assert_same_as_unbroken(out, unbroken)


def test_nothing_is_read_or_scored_when_all_is_done(
    cohort: Path, unbroken: Path, finished: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(reader, "read_volume", lambda locator: pytest.fail("a finished case was read"))
    before = times_of(finished)
    assert main(arguments(cohort, finished)) == 0
    assert times_of(finished) == before
    assert (finished / "results.csv").read_bytes() == (unbroken / "results.csv").read_bytes()
    said = capfd.readouterr().out
    assert f"{COUNT} of {COUNT} cases are done already" in said and f"done: {COUNT} of {COUNT}" in said


def _touch(cohort: Path, out: Path) -> None:
    os.utime(cohort / "case1.nii.gz", (1, 1))


def _lose_the_preview(cohort: Path, out: Path) -> None:
    (out / "case1_preview.png").unlink()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_touch, "case1 is done again: its files have changed since"),
        (_lose_the_preview, "case1 is done again: case1_preview.png is missing"),
    ],
)
def test_only_the_case_that_does_not_fit_is_done_again(
    change: Callable[[Path, Path], None],
    reason: str,
    cohort: Path,
    unbroken: Path,
    finished: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture,
) -> None:
    inputs = Path(shutil.copytree(cohort, tmp_path / "moved" / "in"))  # times and names kept: the same source
    before = times_of(finished)
    change(inputs, finished)
    assert main(arguments(inputs, finished)) == 0
    changed = {name for name, at in times_of(finished).items() if before[name] != at}
    assert changed == {"case1_anomaly.nii.gz", "case1_preview.png", "case1_summary.json"}
    assert reason in capfd.readouterr().out
    assert_same_as_unbroken(finished, unbroken)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--threshold", "0.4"], "it was made with other settings"),
        (["--noun", "brain"], "it was made by another model or with other weights"),
        (["--overwrite"], ""),
        (["--batch-size", "2"], "1 of 1 cases are done already"),
    ],
)
def test_other_settings(
    more: list[str], reason: str, finished: Path, cohort: Path, capfd: pytest.CaptureFixture
) -> None:
    before = times_of(finished)
    assert main(arguments(cohort / "case1.nii.gz", finished, *more)) == 0
    assert reason in capfd.readouterr().out
    changed = {name for name, at in times_of(finished).items() if before[name] != at}
    assert len(changed) == (0 if "--batch-size" in more else 3)
    assert all(name.startswith("case1_") for name in changed)


def test_failed_cases_leave_no_files_and_are_tried_again(tmp_path: Path) -> None:
    inputs, out = make_cohort(tmp_path / "in", 3), tmp_path / "out"
    assert main(arguments(inputs, out)) == 0
    good = (inputs / "case1.nii.gz").read_bytes()
    (inputs / "case1.nii.gz").write_bytes(good[:60])
    assert main(arguments(inputs, out)) == 1
    assert not list(out.glob("case1*"))
    assert [row["status"] for row in rows_without_seconds(out)] == ["ok", "failed", "ok"]
    (inputs / "case1.nii.gz").write_bytes(good)
    before = times_of(out)
    assert main(arguments(inputs, out)) == 0
    assert [row["status"] for row in rows_without_seconds(out)] == ["ok", "ok", "ok"]
    assert before.items() <= times_of(out).items()


def test_outputs_below_the_inputs_are_not_taken_for_cases(tmp_path: Path) -> None:
    inputs = make_cohort(tmp_path / "in", 2)
    for _ in range(2):
        assert main(arguments(inputs, inputs / "maps")) == 0
        assert [row["case"] for row in rows_without_seconds(inputs / "maps")] == ["case0", "case1"]


def _limit_file_size() -> None:
    """A file cannot grow beyond this: what a full disk does, as one user can have it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))


@pytest.mark.parametrize("under_monai", [False, True])
def test_a_full_disk_stops_the_run_in_one_line(under_monai: bool, tmp_path: Path) -> None:
    inputs, out = make_cohort(tmp_path / "in", 1), tmp_path / "out"
    make_volume(inputs / "large.nii.gz", 7, (96, 96, 40))
    make_volume(inputs / "small.nii.gz", 8)
    config = ["--config_file", str(DOMAINS.find("brain_mri")), "--dataset_dir", str(inputs), "--output_dir", str(out)]
    config += ["--outputs", str(list(OUTPUTS))]
    whole = [sys.executable, "-m", "monai.bundle", "run", *config] if under_monai else command(*arguments(inputs, out))
    run = subprocess.run(
        whole, capture_output=True, text=True, timeout=120, check=False, preexec_fn=_limit_file_size, cwd=tmp_path
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr + run.stdout and "terminating" not in run.stdout
    lines = [line for line in run.stderr.splitlines() if line.startswith("acd-monai: ")]
    assert len(lines) == 1 and run.stderr.splitlines()[-1] == lines[0]
    assert re.search(r"could not write \S*large_\S+: File too large.* stopped at case 2 of 3, large; 1 are", lines[0])
    assert names_in(out) == ["case0_anomaly.nii.gz", "case0_preview.png", "case0_summary.json", "results.csv"]
    assert [row["case"] for row in rows_without_seconds(out)] == ["case0"]
    assert main(arguments(inputs, out)) == 0
    assert len(names_in(out)) == 10


def test_a_folder_that_cannot_be_written_to(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    (tmp_path / "out" / "results.csv").mkdir(parents=True)  # in the way, also for root
    assert main(arguments(cohort, tmp_path / "out")) == 2
    (line,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("acd-monai: ")]
    assert "could not write" in line and "results.csv" in line
    assert names_in(tmp_path / "out") == ["results.csv"]

    def refuse(path: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert main(arguments(cohort, tmp_path / "other")) == 2
    assert "cannot write to the output folder" in capfd.readouterr().err
    assert names_in(tmp_path / "other") == []


def test_the_next_case_is_read_while_this_one_is_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the bundle's own loader: scoring case 1 does not end before reading case 2 has begun."""
    inputs = make_cohort(tmp_path / "in", 2)
    second_begun = threading.Event()
    overlapped = []
    read_volume = reader.read_volume

    def read(locator: str, resample_uneven: bool = False) -> object:
        if "case1" in str(locator):
            second_begun.set()
        return read_volume(locator, resample_uneven)

    def predict(self: AnomalyDetector, image: torch.Tensor, noun_index: object = None) -> Prediction:
        overlapped.append(second_begun.wait(20))
        return Prediction(image.amax(dim=(1, 2, 3)), image.mean(dim=1, keepdim=True))

    monkeypatch.setattr(reader, "read_volume", read)
    monkeypatch.setattr(AnomalyDetector, "predict", predict)
    assert main(arguments(inputs, tmp_path / "out")) == 0
    assert overlapped and all(overlapped)


def test_ctrl_c_is_one_line(cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: object) -> None:
    def interrupt(self: AnomalyDetector, image: torch.Tensor, noun_index: object = None) -> Prediction:
        raise KeyboardInterrupt

    monkeypatch.setattr(AnomalyDetector, "predict", interrupt)
    assert main(arguments(cohort, tmp_path / "out")) == 130
    assert names_in(tmp_path / "out") == ["results.csv"]


def test_the_bar_does_not_garble_the_log(cohort: Path, tmp_path: Path) -> None:
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    run = subprocess.Popen(command(*arguments(cohort, tmp_path / "out")), stdout=there, stderr=there)
    os.close(there)
    shown = b""
    try:
        while chunk := os.read(here, 65536):
            shown += chunk
    except OSError:  # how the terminal of an ended process reads
        pass
    os.close(here)
    assert run.wait(60) == 0
    pieces = [piece for piece in re.split(r"[\r\n]+", shown.decode()) if piece.strip()]
    assert [piece for piece in pieces if re.match(r"cases: .* 3/5 \[\d\d:\d\d<\d\d:\d\d, ", piece)]
    lines = [piece for piece in pieces if " INFO " in piece]
    assert all(re.match(r"\d\d:\d\d:\d\d INFO acd_monai", line) for line in lines)
    for index in range(COUNT):
        assert any(f"case {index + 1} of {COUNT}, case{index}: score 0." in line for line in lines)
