"""A short, seeded run of scripts/fuzz_readers.py."""

from __future__ import annotations

import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "fuzz_readers.py"
SECONDS = 10


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = spec_from_file_location("fuzz_readers", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore")
def test_no_mutation_breaks_a_reader(fuzz: ModuleType, tmp_path: Path) -> None:
    originals = fuzz.make_originals(tmp_path / "originals")
    stop = time.monotonic() + SECONDS
    found_before = (18357, 18914, 106104)  # a damaged VR of compressed pixels, twice; MetaImage without its data file
    for seed in (*found_before, *range(3000)):
        outcome = fuzz.run_case(seed, originals, tmp_path)
        assert outcome in ("read", "refused"), f"seed {seed}: {outcome}"
        if time.monotonic() > stop:
            break


@pytest.mark.filterwarnings("ignore")
def test_a_broken_reader_is_told_with_its_seed(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(locator: object) -> None:
        raise ZeroDivisionError("as a bug would")

    monkeypatch.setattr(fuzz, "find_cases", broken)
    monkeypatch.setattr(sys, "argv", ["fuzz_readers.py", "--seed", "7", "--cases", "1"])
    assert fuzz.main() == 1
    captured = capsys.readouterr()
    assert "--seed 7 --cases 1" in captured.out and "ZeroDivisionError" in captured.err
