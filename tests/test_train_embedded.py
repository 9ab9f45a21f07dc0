"""The embedded model's training runs from nothing to files that the package loads, and its figures are measured."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from acd_monai.networks import ACDCLIP, ClipBackbone, shipped, shipped_adapters

SCRIPTS = Path(__file__).parents[1] / "scripts"
TINY = {"--stem-steps": 2, "--more-stem-steps": 2, "--steps": 2, "--batch-size": 4, "--batches": 2, "--text-steps": 2}
TINY |= {"--epochs": 1, "--normal": 1, "--abnormal": 1}


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", str(SCRIPTS / script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch before 2.9 has no Muon")
def test_from_nothing_to_weights_that_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = [value for pair in TINY.items() for value in pair]
    done = run("train_embedded.py", tmp_path / "run", "--package", tmp_path / "weights", "--workers", 0, *options)
    assert done.returncode == 0, done.stderr
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "weights")
    backbone = ClipBackbone(
        "embedded", activation="gelu", position_embedding="bicubic_antialias", weights=shipped.SHIPPED_TAG
    )
    network = ACDCLIP(backbone, weights=shipped_adapters("embedded", shipped.SHIPPED_TAG))
    assert backbone.provenance.trained and network.provenance.trained
    (training,) = network.notes["training"]["datasets"]
    assert training["name"] == "synthetic_industrial" and training["images"] == (18 + 7) * 2  # those like scans twice


def test_only_healthy_phantoms_are_moved_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    views = importlib.import_module("embedded.views")
    pixels = torch.rand(8, 3, 56, 56, generator=torch.Generator().manual_seed(0))
    medical = torch.arange(8) % 2 == 0
    view = views.View(pixels, torch.zeros(8, 1, 56, 56), medical, ["a"] * 8, ["b"] * 8)
    moved = views.move_away(view, 1.0, torch.Generator().manual_seed(1)).pixels
    assert torch.equal(moved[~medical], pixels[~medical])
    assert (moved[medical] != pixels[medical]).flatten(1).any(dim=1).all()
    assert moved.min() >= 0.0 and moved.max() <= 1.0
    assert moved[medical].std(dim=(1, 2, 3)).mean() < 0.7 * pixels[medical].std(dim=(1, 2, 3)).mean()


def test_figures_of_the_baselines(tmp_path: Path) -> None:
    options = ["--tests", "polyps", "--methods", "intensity_outlier", "patch_distance", "--cases", 8, "--bootstrap", 5]
    done = run("embedded_figures.py", tmp_path, *options)
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "figures.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[1] for row in rows] == ["method", "intensity_outlier", "patch_distance"]
