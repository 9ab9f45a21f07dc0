"""The pages' scripts, which ``scripts/build_viewer.py`` bundles into the package; a wheel has them inside."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

from acd_monai.errors import OutputSkippedError

__all__ = ["Script", "load_script", "load_style"]


class Script(NamedTuple):
    """One page's script.

    Attributes:
        code: JavaScript.
        licences: of the packages inside, as text; empty when there are none.
    """

    code: str
    licences: str


def load_script(name: str) -> Script:
    """Return a script of the package.

    Args:
        name: ``"volume"``, ``"pictures"`` or ``"run"``.

    Raises:
        OutputSkippedError: the scripts have not been built.
    """
    folder = files("acd_monai.reports.html") / "built"
    try:
        code = (folder / f"{name}.js").read_text(encoding="utf-8")
        licences = (folder / f"{name}.licences.txt").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise OutputSkippedError(
            "the viewer's scripts are not built; run 'python scripts/build_viewer.py' in the source folder, or install "
            "acd_monai from its wheel"
        ) from error
    return Script(code, licences)


def load_style() -> str:
    """Return the style sheet of all pages."""
    return (files("acd_monai.reports.html") / "style.css").read_text(encoding="utf-8")
