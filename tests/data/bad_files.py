"""What every bad input must come to: a right map grid or one clear line, in seconds and within a gigabyte."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from acd_monai.data import read_volume
from acd_monai.errors import AcdMonaiError

MAX_SECONDS = 10
MAX_GROWTH = 2**30

_MEASURE = """
import json, resource, sys, time
from acd_monai.data import read_volume
from acd_monai.errors import AcdMonaiError
base, start, lines = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter(), {}
for path in sys.argv[1:]:
    try:
        lines[path] = "read " + str(read_volume(path).array.shape)
    except AcdMonaiError as error:
        lines[path] = str(error)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([time.perf_counter() - start, 1024 * (peak - base), lines]))
"""


def assert_refused(locator: str | Path, name: str, reason: str) -> None:
    """Assert that reading ends in one line of ours that names the file and the reason."""
    with pytest.raises(AcdMonaiError, match=reason) as raised:
        read_volume(locator)
    line = str(raised.value)
    assert name in line and "\n" not in line and len(line) < 500


def assert_refused_cheaply(reasons: dict[Path, str]) -> None:
    """Assert the same for several hostile files, in a process whose time and memory are measured."""
    command = [sys.executable, "-W", "ignore", "-c", _MEASURE, *map(str, reasons)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    seconds, growth, lines = json.loads(done.stdout.splitlines()[-1])
    for path, reason in reasons.items():
        assert reason in lines[str(path)] and path.name in lines[str(path)], lines[str(path)]
        assert "\n" not in lines[str(path)]
    assert seconds < MAX_SECONDS * len(reasons) and growth < MAX_GROWTH, (seconds, growth)
