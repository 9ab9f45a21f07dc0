"""The threshold that belongs to a model, kept beside its weights.

``<weights>.thresholds.json`` holds one entry for each domain and model it was found for. A score has no absolute
meaning: 0.5 says nothing until normal images have shown how often a normal voxel reaches it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.errors import ConfigError, InputError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.map_checks import check_threshold

__all__ = ["DEFAULT_THRESHOLD", "StoredThreshold", "Threshold", "choose_threshold", "store_threshold", "threshold_file"]

DEFAULT_THRESHOLD = 0.5

_FORMAT = 1
_IDENTITY = ("method", "settings", "backbone", "image_size", "nouns")


class Threshold(NamedTuple):
    """A threshold and where it comes from.

    Attributes:
        value: in [0, 1]; a voxel belongs to a finding at or above it.
        source: in words, for reports.
    """

    value: float
    source: str


@dataclass(frozen=True)
class StoredThreshold:
    """A threshold found on normal cases.

    Attributes:
        domain: what was scanned.
        value: in [0, 1].
        fp_budget: the false-positive size per normal case it was found for.
        unit: of the budget, ``"mL"`` or ``"% of the picture"``.
        cases: number of normal cases.
        model: what scored them, see :func:`store_threshold`.
        scoring: how they were brought to it, see :func:`choose_threshold`.
    """

    domain: str
    value: float
    fp_budget: float
    unit: str
    cases: int
    model: Mapping[str, Any]
    scoring: Mapping[str, Any] = field(default_factory=dict)

    def source(self) -> str:
        """Say in words where it comes from."""
        plural = "" if self.cases == 1 else "s"
        return f"at most {self.fp_budget:g} {self.unit} per normal case, found on {self.cases} normal case{plural}"


def threshold_file(weights: str | Path) -> Path:
    """Return where the thresholds of a weights file lie."""
    return Path(weights).expanduser().with_suffix(".thresholds.json")


def choose_threshold(
    given: float | None,
    file: str | Path | None,
    weights: str | Path | None,
    domain: str,
    model: Mapping[str, Any],
    scoring: Mapping[str, Any],
) -> Threshold:
    """Return the threshold to use: what the user gave, else what was stored for this way of scoring, else 0.5.

    Args:
        given: the user's own, in [0, 1].
        file: of stored thresholds; None: beside the weights.
        weights: the method's weights file, if any.
        domain: what was scanned.
        model: as :meth:`acd_monai.networks.AnomalyDetector.describe` gives it.
        scoring: what else changes the scores, plain values: ``fit``, ``plane``, ``precision``, the prompts' hash.

    Raises:
        ConfigError: ``given`` is out of range, or ``file`` holds no threshold for this domain, model and scoring.
        InputError: the file is not there or damaged.
    """
    if given is not None:
        check_threshold(given)
        return Threshold(float(given), "given")
    path = Path(file) if file is not None else threshold_file(weights) if weights is not None else None
    if path is None or (file is None and not path.is_file()):
        return Threshold(DEFAULT_THRESHOLD, "default")
    found = [entry for entry in _read(path) if (entry.domain, entry.model) == (domain, _identity(model))]
    stored = [entry for entry in found if entry.scoring == scoring]
    if stored:
        return Threshold(stored[-1].value, stored[-1].source())
    if file is None:
        lacks = _difference(found[-1], scoring) if found else "none for this domain, noun and backbone"
        return Threshold(DEFAULT_THRESHOLD, f"default: {path.name} holds {lacks}")
    lacks = (
        _difference(found[-1], scoring)
        if found
        else f"no threshold for domain {domain} with this method, backbone, weights and noun"
    )
    raise ConfigError(f"{path.name} holds {lacks}; find one with `acd-monai calibrate`, or pass --threshold")


def _difference(entry: StoredThreshold, scoring: Mapping[str, Any]) -> str:
    """Say in which way what was stored for a model was scored otherwise."""
    changed = [name for name in scoring if entry.scoring.get(name) != scoring[name]]
    return "one for " + ", ".join(
        f"{name} {entry.scoring.get(name, 'unknown')}, not {scoring[name]}" for name in changed
    )


def store_threshold(path: Path, entry: StoredThreshold) -> None:
    """Add a threshold to a file, in place of an earlier one for the same domain, model and scoring.

    Raises:
        InputError: the file is there, and damaged.
        OutputError: it cannot be written.
    """
    entry = StoredThreshold(**{**asdict(entry), "model": _identity(entry.model)})
    kept = [old for old in (_read(path) if path.is_file() else []) if _kind(old) != _kind(entry)]
    content = {"format": _FORMAT, "thresholds": [asdict(item) for item in (*kept, entry)]}
    with written_whole(path) as part:
        part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _kind(entry: StoredThreshold) -> tuple[Any, ...]:
    return entry.domain, entry.model, entry.scoring


def _identity(model: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a model's description what its scores depend on; file names do not count, hashes do."""
    identity = {name: model[name] for name in _IDENTITY if name in model}
    for name in ("weights", "backbone_weights"):
        value = model[name]
        identity[name] = value["sha256"] if isinstance(value, Mapping) else value
    return identity


def _read(path: Path) -> list[StoredThreshold]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            raise ValueError(f"format {content['format']}, wanted {_FORMAT}")
        entries = [StoredThreshold(**entry) for entry in content["thresholds"]]
        for entry in entries:
            check_threshold(float(entry.value))
        return entries
    except (OSError, ValueError, KeyError, TypeError, ConfigError) as error:
        raise InputError(
            f"{path}: no readable file of thresholds ({error}). Make it again: acd-monai calibrate."
        ) from error
