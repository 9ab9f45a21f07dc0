"""What a case's outputs were made with and of, as a few hashes: equal hashes, equal outputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from enum import Enum
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

__all__ = ["Fingerprint", "describe", "hash_of"]

_DIGITS = 16

_DIFFERENCES = {
    "version": "it was made by another version of acd_monai",
    "model": "it was made by another model or with other weights",
    "settings": "it was made with other settings",
    "source": "its files have changed since",
}


class Fingerprint(NamedTuple):
    """What one case's outputs depend on.

    Attributes:
        version: of this package.
        model: hash of the network's description, which holds the hashes of its weights.
        settings: hash of everything else that changes the outputs.
        source: hash of the names, sizes and modification times of the files read.
    """

    version: str
    model: str
    settings: str
    source: str

    def difference(self, recorded: object) -> str:
        """Say in which way a fingerprint read from a summary differs from this one; empty when it does not.

        Args:
            recorded: the mapping in the summary, or whatever stands in its place.
        """
        if not isinstance(recorded, Mapping):
            return _DIFFERENCES["version"]
        return next((_DIFFERENCES[key] for key, value in self._asdict().items() if recorded.get(key) != value), "")


def hash_of(*values: Any) -> str:
    """Return 16 hexadecimal digits that change when what :func:`describe` says of the values does."""
    text = json.dumps(describe(values), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def describe(value: Any) -> Any:
    """Turn a value, also a transform or another component with its parameters, into what JSON can hold.

    A component that has a method ``settings()`` speaks for itself; any other is its class and its attributes. A
    function is its name: what a lambda has captured is not seen, so components keep parameters as attributes.
    """
    return _describe(value, ())


def _describe(value: Any, above: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (Path, Enum, np.generic, np.dtype, torch.dtype, torch.device)):
        return str(value)
    if id(value) in above:  # it holds itself
        return "…"
    above = (*above, id(value))
    if isinstance(value, Mapping):
        return {str(key): _describe(item, above) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted(json.dumps(_describe(item, above), sort_keys=True) for item in value)
    if isinstance(value, (list, tuple, range)):
        return [_describe(item, above) for item in value]
    if isinstance(value, (np.ndarray, Tensor)):
        return hashlib.sha256(np.asarray(value).tobytes()).hexdigest()
    if isinstance(value, (type, FunctionType, BuiltinFunctionType, MethodType)):
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, partial):
        return _describe([value.func, value.args, value.keywords], above)
    settings = getattr(value, "settings", None)
    attributes = settings() if callable(settings) else getattr(value, "__dict__", {})
    return {"class": _describe(type(value), above), **_describe(attributes, above)}
