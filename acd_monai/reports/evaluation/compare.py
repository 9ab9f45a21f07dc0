"""Several evaluations side by side, a block for each benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.errors import ConfigError
from acd_monai.reports.evaluation.naming import value_text
from acd_monai.reports.evaluation.result import EvaluationResult
from acd_monai.reports.evaluation.results_json import read_evaluation

__all__ = ["BenchmarkBlock", "Comparison", "Run", "compare_runs"]

NOT_RECORDED = "not recorded"
LONGEST_VALUE = 24
"""Characters of a value in a note; a hash needs no more to be told from another."""


class Run(NamedTuple):
    """One evaluation.

    Attributes:
        name: its folder, the path in full where folders share a name.
        result: what it found, without examples.
    """

    name: str
    result: EvaluationResult


class BenchmarkBlock(NamedTuple):
    """The runs on one benchmark.

    Attributes:
        benchmark: its key.
        title: its name in words.
        runs: in the order given.
        notes: in what their protocols differ.
    """

    benchmark: str
    title: str
    runs: tuple[Run, ...]
    notes: tuple[str, ...]

    def published(self) -> dict[str, dict[str, float]]:
        """Return the published figures that came with any of the runs."""
        return {label: figures for run in self.runs for label, figures in run.result.published.items()}


class Comparison(NamedTuple):
    """All blocks, in the order in which their benchmarks were first met."""

    blocks: tuple[BenchmarkBlock, ...]


def compare_runs(paths: Sequence[Path]) -> Comparison:
    """Read evaluations and put those of the same benchmark together.

    Args:
        paths: of ``results.json`` files, or of the folders they lie in.

    Raises:
        ConfigError: no path.
        InputError: a path without ``results.json``, or one that cannot be read.
    """
    if not paths:
        raise ConfigError("no run to compare; pass the output folders of evaluations")
    grouped: dict[str, list[Run]] = {}
    for name, path in zip(_names([Path(path) for path in paths]), paths, strict=True):
        run = Run(name, read_evaluation(path))
        grouped.setdefault(run.result.benchmark, []).append(run)
    return Comparison(
        tuple(
            BenchmarkBlock(benchmark, runs[0].result.title, tuple(runs), tuple(_differences(runs)))
            for benchmark, runs in grouped.items()
        )
    )


def _names(paths: Sequence[Path]) -> list[str]:
    folders = [path if path.is_dir() else path.parent for path in paths]
    names = [folder.resolve().name for folder in folders]
    counts = Counter(names)
    return [name if counts[name] == 1 else path.as_posix() for name, path in zip(names, paths, strict=True)]


def _differences(runs: Sequence[Run]) -> list[str]:
    """Return a line for each part of the protocol that is not the same in all runs: they are hardly comparable."""
    protocols = [{"split": run.result.split, **run.result.protocol} for run in runs]
    names = dict.fromkeys(name for protocol in protocols for name in protocol)
    notes = []
    for name in names:
        by_value: dict[str, list[str]] = {}
        for run, protocol in zip(runs, protocols, strict=True):
            by_value.setdefault(_value(protocol, name), []).append(run.name)
        if len(by_value) > 1:
            values = "; ".join(f"{value} in {', '.join(holders)}" for value, holders in by_value.items())
            notes.append(f"{name.replace('_', ' ')} differs: {values}")
    return notes


def _value(protocol: dict[str, Any], name: str) -> str:
    return value_text(protocol[name])[:LONGEST_VALUE] if name in protocol else NOT_RECORDED
