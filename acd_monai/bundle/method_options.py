"""Which options a method has: the keys of its overlay. Others are refused, lest they be thought to count."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from acd_monai.bundle.catalogue import METHODS
from acd_monai.errors import ConfigError

__all__ = ["DEFAULT_METHOD", "share_options"]

DEFAULT_METHOD = "acd_clip"
"""What every bundle runs unless an overlay says otherwise."""


def share_options(given: Mapping[str, Any], methods: Iterable[str | None]) -> dict[str | None, dict[str, Any]]:
    """Return for each method the options that it has.

    Args:
        given: config keys and values; a None was not given.
        methods: that are run; None: the bundles' own.

    Raises:
        ConfigError: an option that none of the methods has; those that have it are named.
    """
    options = {name: value for name, value in given.items() if value is not None}
    methods = list(methods)
    for option in options:
        able = [name for name in METHODS if option in _keys(name)]
        if not any(_name(method) in able for method in methods):
            raise ConfigError(
                f"--{option.replace('_', '-')} is no option of {' or '.join(map(_name, methods))}; the methods that "
                f"have it: {', '.join(able)}"
            )
    return {
        method: {name: value for name, value in options.items() if name in _keys(_name(method))} for method in methods
    }


def _name(method: str | None) -> str:
    return METHODS.find(method or DEFAULT_METHOD).stem


def _keys(method: str) -> set[str]:
    return set(json.loads(METHODS.find(method).read_text(encoding="utf-8")))
