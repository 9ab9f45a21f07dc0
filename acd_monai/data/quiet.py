"""Silences warnings and pydicom's log for one thread, while other threads go on warning.

``warnings.catch_warnings`` swaps the process's list of filters, and two threads that do so at once put back each
other's: then a message that quotes a patient's data gets out, or everything stays silent for good. Here one filter is
installed once, and asks whether the thread that warns is a quiet one.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydicom.config import disable_value_validation

__all__ = ["quiet_pydicom", "quiet_thread"]


class _Thread(threading.local):
    depth = 0


_thread = _Thread()
_validation_lock = threading.Lock()
_validation_users = 0
_validation_off: Any = None


class _AnyMessageOfAQuietThread:
    """Stands where ``warnings`` expects a compiled pattern for the message."""

    def match(self, text: str) -> bool:
        return _thread.depth > 0


_FILTER = ("ignore", _AnyMessageOfAQuietThread(), Warning, None, 0)


def _install() -> None:
    """Put the filter in front, where it is not: somebody may have reset the list."""
    if _FILTER not in warnings.filters:
        warnings.filters.insert(0, _FILTER)  # type: ignore[attr-defined]


def _let_through(record: logging.LogRecord) -> bool:
    return _thread.depth == 0


_install()
logging.getLogger("pydicom").addFilter(_let_through)


@contextmanager
def quiet_thread() -> Iterator[None]:
    """Ignore what this thread warns of, and what pydicom logs in it; can be nested.

    Also a decorator, ``@quiet_thread()``; not for generators, whose frames outlive a call.
    """
    _install()
    _thread.depth += 1
    try:
        yield
    finally:
        _thread.depth -= 1


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Keep pydicom from warning about odd values: its messages quote them, and they may be a patient's.

    Also a decorator, as :func:`quiet_thread`. Values are not validated meanwhile, in any thread: that setting is the
    process's, so the first to come turns validation off and the last to go turns it on again.
    """
    global _validation_users, _validation_off
    with _validation_lock:
        if _validation_users == 0:
            _validation_off = disable_value_validation()
            _validation_off.__enter__()
        _validation_users += 1
    try:
        with quiet_thread():
            yield
    finally:
        with _validation_lock:
            _validation_users -= 1
            if _validation_users == 0:
                _validation_off.__exit__(None, None, None)
