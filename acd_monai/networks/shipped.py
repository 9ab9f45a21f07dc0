"""The embedded model's own weights: a small CLIP and ACD-CLIP's adapters, learnt from made-up images alone.

``acd_monai/weights/MODEL_CARD.md`` says what they can do and what not.
"""

from __future__ import annotations

from pathlib import Path

from acd_monai.errors import WeightsError
from acd_monai.networks.weights import sha256_of_file

__all__ = ["DEMONSTRATION", "SHIPPED_TAG", "is_shipped", "shipped_adapters", "shipped_clip"]

SHIPPED_TAG = "synthetic"
"""Says, as ``backbone_weights``, that they are wanted."""

DEMONSTRATION = "synthetic demonstration model, not for diagnosis (learnt from made-up images)"

FOLDER = Path(__file__).resolve().parents[1] / "weights"
CLIP_FILE = "embedded_clip.safetensors"
ADAPTERS_FILE = "embedded_acd_clip.safetensors"


def shipped_clip() -> Path:
    """Return the file of the small CLIP, float16, its hash checked.

    Raises:
        WeightsError: it is not there, or damaged.
    """
    return _find(CLIP_FILE)


def shipped_adapters(architecture: object, backbone_weights: object) -> Path | None:
    """Return the file of ACD-CLIP's adapters that belongs to a backbone, its hash checked; None for any other.

    Raises:
        WeightsError: it is not there, or damaged.
    """
    return _find(ADAPTERS_FILE) if (architecture, backbone_weights) == ("embedded", SHIPPED_TAG) else None


def is_shipped(weights: str | Path) -> bool:
    """Return whether a file lies among the package's own weights, where no run writes."""
    return Path(weights).expanduser().resolve().parent == FOLDER


def _find(name: str) -> Path:
    sums = FOLDER / "SHA256SUMS"
    try:
        pairs = [line.split() for line in sums.read_text(encoding="utf-8").splitlines()]
        wanted = {file: digest for digest, file in pairs}[name]
        found = sha256_of_file(FOLDER / name)
    except (OSError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{FOLDER / name}, or its line in {sums.name}, is missing; install acd_monai again, "
            "or make it: `python scripts/train_embedded.py RUN`"
        ) from error
    if found != wanted:
        raise WeightsError(
            f"{FOLDER / name} is damaged: its SHA-256 is {found[:12]}…, wanted {wanted[:12]}…; install acd_monai again"
        )
    return FOLDER / name
