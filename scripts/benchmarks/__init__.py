"""The benchmarks of ``scripts/benchmark.py``: modules with ``add_arguments(parser)`` and ``run(options)``."""

from __future__ import annotations

from types import ModuleType

from benchmarks import methods, metrics, outputs, page, read, train

BENCHMARKS: dict[str, ModuleType] = {
    "methods": methods,
    "metrics": metrics,
    "outputs": outputs,
    "page": page,
    "read": read,
    "train": train,
}
