"""The benchmarks are there to be run: what they import of the package must be there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "benchmark.py"


def test_all_benchmarks_are_offered() -> None:
    run = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert all(f"  {name} " in run.stdout for name in ("methods", "metrics", "outputs", "page", "read", "train"))


def test_windows_one_by_one_and_in_batches_give_the_same() -> None:
    totals = []
    for what in ("windows one by one", "windows in batches"):
        command = [sys.executable, "-W", "ignore", str(SCRIPT), "methods", "--images", "1", "--child", what, "embedded"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert run.returncode == 0, run.stderr
        seconds, peak, total = json.loads(run.stdout.splitlines()[-1])
        assert seconds > 0 and peak > 100
        totals.append(total)
    assert totals[0] == pytest.approx(totals[1], rel=1e-4)
