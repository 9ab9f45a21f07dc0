"""Several methods on one data set, as a person runs it: images read once, the figures of `evaluate`, one montage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from acd_monai.bundle import TRAINING_FREE_METHODS, choose_methods
from acd_monai.cli import main
from acd_monai.data import StudyReader
from acd_monai.data.reader import PendingImage
from acd_monai.errors import ConfigError
from acd_monai.inferers.fit import Fit
from acd_monai.reports.evaluation import read_evaluation
from tests.evaluation_files import make_slices


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_slices(tmp_path_factory.mktemp("BMAD") / "Brain_AD")


def compare(slices: Path, output: Path, *options: str) -> int:
    return main(
        ["compare-methods", "bmad_brain", "--data", str(slices), "-o", str(output), "--bootstrap", "0", *options]
    )


def test_the_training_free_methods(
    slices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read: list[str] = []
    real = StudyReader.get_data

    def counting(self: StudyReader, img: PendingImage) -> tuple[np.ndarray, dict[str, Any]]:
        read.append(str(*img.locator))
        return real(self, img)

    resized: list[tuple[int, ...]] = []
    real_resize = Fit.apply

    def counting_resize(fit: Fit, pixels: torch.Tensor) -> torch.Tensor:
        resized.append(fit.content)
        return real_resize(fit, pixels)

    monkeypatch.setattr(StudyReader, "get_data", counting)
    monkeypatch.setattr(Fit, "apply", counting_resize)
    assert compare(slices, tmp_path / "out") == 0
    assert sorted(read) == sorted(map(str, slices.glob("test/*/img/*.png")))
    assert resized == [(112, 112)] * len(read)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "comparison.csv", "comparison.html", "comparison.md", "montage.png", *TRAINING_FREE_METHODS,
    }  # fmt: skip
    table = (tmp_path / "out" / "comparison.md").read_text()
    assert all(name in table for name in TRAINING_FREE_METHODS) and table in capsys.readouterr().out
    for name in TRAINING_FREE_METHODS:  # nothing but the backbone is untrained
        model = read_evaluation(tmp_path / "out" / name).model
        assert model["weights"]["source"] == "training-free" and model["weights"]["trained"]
    # What was kept is what `evaluate` reads, to the last bit.
    arguments = ["--data", str(slices), "-o", str(tmp_path / "alone"), "--bootstrap", "0", "--method", "clip_ad"]
    assert main(["evaluate", "bmad_brain", *arguments]) == 0
    alone, among = (read_evaluation(path) for path in (tmp_path / "alone", tmp_path / "out" / "clip_ad"))
    for name, figure in alone.mean.items():
        assert figure == pytest.approx(among.mean[name], abs=0, nan_ok=True), name
    assert alone.classes[0].scores == among.classes[0].scores
    picture = np.asarray(Image.open(tmp_path / "out" / "montage.png").convert("RGB")).astype(int)
    cyan = np.abs(picture - (53, 224, 255)).max(axis=-1) < 12
    assert cyan.sum() > 200  # the masks' outlines


def test_a_method_that_cannot_run_is_named_and_the_others_go_on(
    slices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "not.safetensors"
    assert (
        compare(slices, tmp_path / "out", "--methods", "april_gan", "clip", "--method-weights", f"april_gan={weights}")
        == 1
    )
    assert "1 of 2 methods failed, or not on all images: april_gan: " in capsys.readouterr().err
    assert "clip" in (tmp_path / "out" / "comparison.md").read_text()
    assert not (tmp_path / "out" / "april_gan" / "results.json").exists()


def test_an_image_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_slices(tmp_path / "Brain_AD")
    (root / "test/good/img/000_1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    assert compare(root, tmp_path / "out", "--methods", "clip") == 1
    assert "test/good/img/000_1.png" in capsys.readouterr().err
    assert read_evaluation(tmp_path / "out" / "clip").classes[0].images == 11
    assert (tmp_path / "out" / "montage.png").is_file()


def test_nothing_could_start(slices: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(slices / "nowhere", tmp_path / "out", "--methods", "clip") == 2
    assert "no such folder" in capsys.readouterr().err
    assert compare(slices, tmp_path / "out", "--methods", "clop") == 2
    assert "did you mean clip" in capsys.readouterr().err


def test_methods_and_weights() -> None:
    assert choose_methods(None, []) == dict.fromkeys(TRAINING_FREE_METHODS)
    assert list(choose_methods(None, ["acd_clip=a.pth"]).items())[-1] == ("acd_clip", "a.pth")
    assert choose_methods(["acd-clip", "clip"], ["acd_clip=a=b.pth"]) == {"acd_clip": "a=b.pth", "clip": None}


@pytest.mark.parametrize(
    ("methods", "weights", "message"),
    [
        (None, ["acd_clip"], "wanted NAME=FILE"),
        (None, ["acd_clip=a", "acd-clip=b"], "given twice for 'acd-clip'"),
        (["clip", "clip"], [], "wanted each once"),
        (["clip"], ["acd_clip=a"], "weights for acd_clip, which --methods leaves out"),
    ],
)
def test_mistakes(methods: list[str] | None, weights: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose_methods(methods, weights)


def test_one_process(
    slices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert compare(slices, tmp_path / "out") == 2
    assert "compared in one process, not in 2" in capsys.readouterr().err
