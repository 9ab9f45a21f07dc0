"""Which versions of which packages made an output."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["find_versions"]

PACKAGES = {  # name in the summary: name of the distribution
    "acd_monai": "acd-monai",
    "monai": "monai",
    "torch": "torch",
    "numpy": "numpy",
    "nibabel": "nibabel",
    "pydicom": "pydicom",
    "open_clip": "open-clip-torch",
}


def find_versions() -> dict[str, str | None]:
    """Return installed versions by package, plus ``python``; None for a package that is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name, distribution in PACKAGES.items():
        try:
            found[name] = version(distribution)
        except PackageNotFoundError:
            found[name] = None
    return found
