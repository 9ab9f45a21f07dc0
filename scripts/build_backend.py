"""Builds the package with setuptools; a wheel gets the scripts of the pages, which are built first."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from build_viewer import build
from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def build_wheel(wheel_directory: str, *options: Any, **more: Any) -> str:
    """Build the viewer, or say what is missing and go on: all other outputs work without it."""
    try:
        build()
    except (RuntimeError, OSError) as error:
        sys.stderr.write(f"this wheel has no viewer, so it writes no html output; mend this and build again: {error}\n")
    return str(build_meta.build_wheel(wheel_directory, *options, **more))


def build_sdist(*_: Any, **__: Any) -> NoReturn:
    """There is none: bundles, configs and the viewer's sources lie beside the package."""
    raise SystemExit("acd_monai has no source distribution; build a wheel, or clone the repository")
