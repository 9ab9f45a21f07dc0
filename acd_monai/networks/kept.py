"""What was computed from frozen or resting weights, kept until one of them changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import torch
from torch import Tensor

__all__ = ["Kept"]

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values computed from weights, by key; all are dropped when a weight, its device or its precision changes.

    A change that PyTorch does not count, by writing to ``weight.data``, is not seen: call :meth:`forget` after it.
    """

    def __init__(self) -> None:
        self._stamp: object = None
        self._values: dict[Hashable, Value] = {}

    def get(self, key: Hashable, weights: Iterable[Tensor], compute: Callable[[], Value]) -> Value:
        """Return what is kept under ``key``, or compute it from ``weights`` and keep it."""
        stamp = _stamp(weights)
        if stamp != self._stamp:
            self._stamp, self._values = stamp, {}
        if key not in self._values:
            self._values[key] = compute()
        return self._values[key]

    def forget(self) -> None:
        """Compute everything anew the next time it is needed."""
        self._stamp, self._values = None, {}


def _stamp(weights: Iterable[Tensor]) -> object:
    """Change whenever a weight, its device or its precision does, or the kind of tensor that is computed from it."""
    marks = [(w.device, w.data_ptr(), 0 if w.is_inference() else w._version, w.dtype) for w in weights]
    kinds = {device.type for device, *_ in marks if torch.amp.is_autocast_available(device.type)}
    autocasts = {kind: torch.get_autocast_dtype(kind) for kind in kinds if torch.is_autocast_enabled(kind)}
    return marks, autocasts, torch.is_inference_mode_enabled()
