"""The method that docs/methods.md adds as an example runs as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import pytest

from acd_monai.bundle import METHODS, compose
from tests.cohort_files import make_cohort

GUIDE = Path(__file__).parents[1] / "docs" / "methods.md"


def test_the_example_runs(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for language, name in (("python", "smooth_clip.py"), ("json", "smooth_clip.json")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block, encoding="utf-8")
    files = str([str(compose("brain_mri")[0]), "smooth_clip.json"])
    command = ["monai.bundle", "run", "--config_file", files, "--dataset_dir", str(make_cohort(tmp_path / "in", 1))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    (path,) = (tmp_path / "anomaly_maps").glob("*_anomaly.nii.gz")
    assert 0 < nib.load(path).get_fdata().max() <= 1


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_is_in_both_tables(method: str) -> None:
    rows = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{method}`")]
    assert len(rows) >= 2
