"""A user's mistake ends in one line, also under ``python -m monai.bundle run``, which would print a traceback."""

from __future__ import annotations

import sys
from types import TracebackType

from acd_monai.errors import AcdMonaiError, find_cause

__all__ = ["one_line", "report_errors_in_one_line"]


def one_line(error: AcdMonaiError) -> str:
    """Return the message as the terminal shows it."""
    return f"acd-monai: {' '.join(str(error).split())}"


def report_errors_in_one_line() -> None:
    """From here on, an uncaught error of this package prints its message alone; any other keeps its traceback."""
    previous = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        known = find_cause(error)
        if known is None:
            previous(kind, error, trace)
        else:
            sys.stderr.write(one_line(known) + "\n")

    sys.excepthook = hook
