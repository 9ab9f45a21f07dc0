"""How methods, settings and figures are written: as the papers write them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from acd_monai.reports.evaluation.result import EvaluationResult, Figure

__all__ = [
    "UNDEFINED",
    "interval_text",
    "is_same_method",
    "method_text",
    "percent",
    "published_text",
    "settings_text",
    "value_text",
]

UNDEFINED = "–"
METHODS = {"ACDCLIP": "ACD-CLIP"}
SETTINGS = {"n_groups": "N"}
"""Where the papers' name is not ours."""


def percent(fraction: float) -> str:
    """Return a fraction in percent with one decimal, undefined as a dash.

    Example:
        >>> percent(0.9664), percent(float("nan"))
        ('96.6', '–')
    """
    return f"{100 * fraction:.1f}" if math.isfinite(fraction) else UNDEFINED


def interval_text(figure: Figure) -> str:
    """Return ``[95.1, 97.8]`` in percent, empty where there is no interval or no value."""
    if not all(math.isfinite(number) for number in (figure.value, figure.low, figure.high)):
        return ""
    return f"[{percent(figure.low)}, {percent(figure.high)}]"


def value_text(value: Any) -> str:
    """Return a plain JSON value on one line: texts as they are, the rest as JSON, not known as a dash."""
    if value is None:
        return UNDEFINED
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def method_text(model: Mapping[str, Any]) -> str:
    """Return a method's name as its paper writes it."""
    name = str(model.get("method", UNDEFINED))
    return METHODS.get(name, name)


def settings_text(settings: Mapping[str, Any]) -> str:
    """Return ``N=4, blur=[9, 1.5]``."""
    return ", ".join(f"{SETTINGS.get(name, name)}={value_text(value)}" for name, value in settings.items())


def published_text(label: str) -> str:
    """Return the row's name of published figures.

    Example:
        >>> published_text("ACDCLIP n_groups=4")
        'published: ACD-CLIP N=4'
    """
    method, settings = _parse(label)
    return " ".join(("published:", METHODS.get(method, method), settings_text(settings))).strip()


def is_same_method(label: str, result: EvaluationResult) -> bool:
    """Tell whether published figures are of the method, and of the settings they name, that were evaluated."""
    method, settings = _parse(label)
    run = result.model.get("settings", {})
    return _key(method) == _key(str(result.model.get("method", ""))) and all(
        name in run and value_text(run[name]) == value for name, value in settings.items()
    )


def _parse(label: str) -> tuple[str, dict[str, str]]:
    """Split ``"ACDCLIP n_groups=4"`` into the method and what its settings must be."""
    words = label.split()
    settings = [word.partition("=") for word in words if "=" in word]
    method = " ".join(word for word in words if "=" not in word)
    return method, {name: value for name, _, value in settings}


def _key(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum()).casefold()
