"""JSON files that any program can read: plain values, NaN as null, written whole."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from acd_monai.reports.atomic import written_whole

__all__ = ["to_plain", "write_json"]


def to_plain(value: Any) -> Any:
    """Turn mappings, sequences, numpy values and paths into what the json module writes; NaN and infinity to None."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return [to_plain(item) for item in value] if value.ndim else to_plain(value[()])
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        # Through the shortest text that names a float32: 0.87 stays 0.87, not 0.8700000047683716.
        number = float(str(value)) if isinstance(value, np.floating) else value
        return number if math.isfinite(number) else None
    if isinstance(value, Path):
        return value.as_posix()
    return value


def write_json(content: Mapping[str, Any], path: Path | str) -> None:
    """Write plain values as indented UTF-8 JSON.

    Raises:
        OutputError: The file cannot be written.
        TypeError: A value is one that JSON has no word for.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with written_whole(path) as part:
        # A file name of undecodable bytes becomes a JSON escape and reads back as it was.
        part.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
