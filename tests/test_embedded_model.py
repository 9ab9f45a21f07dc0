"""The model that comes with the package finds what it found when it was shipped, on pictures no training saw."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from acd_monai.cli import main

SCRIPTS = Path(__file__).parents[1] / "scripts"
CASES = 40

FLOORS: dict[str, tuple[float, float | None]] = {
    "head MRI": (0.89, None),
    "head MRI, brain alone": (0.84, None),
    "liver CT": (0.53, None),
    "liver CT, liver alone": (0.93, None),
    "retina OCT": (0.86, 0.59),
    "polyps": (0.82, 0.66),
    "unseen industrial families": (0.94, 0.81),
}
"""Least pixel and image AUROC on the first pictures of the model card's tests: some 0.03 below what was measured; None
where the model tells images apart no better than by chance, so that there is nothing to fall."""


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
    for name, floors in FLOORS.items():
        for figure, floor in zip(found[name], floors, strict=True):
            assert floor is None or figure >= floor, (name, found[name], floors)


def test_the_lesion_of_the_demonstration_is_its_top_finding(tmp_path: Path) -> None:
    study, truth, maps = tmp_path / "study", tmp_path / "truth.json", tmp_path / "maps"
    run("make_phantom_study.py", study, "--seed", 7, "--truth", truth)
    assert main(["infer", str(study), "--domain", "brain_mri", "-o", str(maps), "--outputs", "nifti,summary"]) == 0
    assert "; inside that radius" in run("compare_finding.py", truth, maps)
