"""The embedded model's training runs from nothing to files that the package loads, and its figures are measured."""

from __future__ import annotations

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


def test_figures_of_the_baselines(tmp_path: Path) -> None:
    options = ["--tests", "polyps", "--methods", "intensity_outlier", "patch_distance", "--cases", 8, "--bootstrap", 5]
    done = run("embedded_figures.py", tmp_path, *options)
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "figures.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[1] for row in rows] == ["method", "intensity_outlier", "patch_distance"]
