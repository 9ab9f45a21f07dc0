"""What a method without a training says of its origin: it has seen nothing."""

from __future__ import annotations

import hashlib
from typing import Any

from acd_monai import __version__
from acd_monai.networks.weights import Provenance

__all__ = ["NOTES", "PROVENANCE"]

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
