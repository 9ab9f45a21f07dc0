"""What a person sees of a run: a mistake ends in one line, and libraries keep their remarks to themselves.

``python -m monai.bundle run`` would print a traceback for every error.
"""

from __future__ import annotations

import sys
import warnings
from types import TracebackType

from acd_monai.errors import AcdMonaiError, find_cause

__all__ = ["one_line", "prepare_terminal"]

_REMARKS = ("monai.data.image_reader", "torch.jit._script", "ignite.handlers")
"""Modules that warn about things a user of this package cannot change."""


def one_line(error: AcdMonaiError) -> str:
    """Return the message as the terminal shows it."""
    return f"acd-monai: {' '.join(str(error).split())}"


def prepare_terminal() -> None:
    """From here on, an uncaught error of this package prints its message alone; any other keeps its traceback."""
    for module in _REMARKS:
        warnings.filterwarnings("ignore", module=module)
    previous = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        known = find_cause(error)
        if known is None:
            previous(kind, error, trace)
        else:
            sys.stderr.write(one_line(known) + "\n")

    sys.excepthook = hook
