"""The benchmarks are there to be run: what they import of the package must be there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "benchmark.py"


def test_all_benchmarks_are_offered() -> None:
    run = subprocess.run(
        [sys.executable, str(SCRIPT), "--help"], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert all(f"  {name} " in run.stdout for name in ("methods", "metrics", "outputs", "read", "train"))
