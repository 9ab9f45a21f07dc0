"""What a method without a training says of its origin: it has seen nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from acd_monai import __version__
from acd_monai.errors import ConfigError
from acd_monai.networks.weights import Provenance

__all__ = ["NOTES", "PROVENANCE", "refuse_weights"]

_OF_NOTHING = hashlib.sha256().hexdigest()

PROVENANCE = Provenance("training-free", _OF_NOTHING, trained=True)

NOTES: dict[str, Any] = {
    "training": {
        "datasets": [],
        "files": "",
        "split_sha256": _OF_NOTHING,
        "epoch_rule": "none",
        "epoch": 0,
        "seed": 0,
        "code_version": __version__,
    }
}
"""The record of a training on no image, in the form in which trained weights carry theirs."""


def refuse_weights(weights: str | Path | None, method: str) -> None:
    """Raise ConfigError when a method that has no weights of its own is given some, lest they be thought to be used."""
    if weights is not None:
        raise ConfigError(f"weights are {str(weights)!r}, and {method} trains none; leave them out")
