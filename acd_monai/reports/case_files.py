"""The files of one case: their names, whether they are all there, and taking them away again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.errors import OutputError
from acd_monai.reports.fingerprint import Fingerprint
from acd_monai.reports.outputs.registry import possible_file_names
from acd_monai.reports.summary import SUMMARY_ENDING

__all__ = ["Finished", "discard_case", "find_finished"]


class Finished(NamedTuple):
    """What an earlier run left of a case.

    Attributes:
        summary: content of its summary when the case is done, else None.
        reason: why it counts as not done although there is a summary; else empty.
    """

    summary: dict[str, Any] | None
    reason: str = ""


def find_finished(folder: Path, case: str, fingerprint: Fingerprint, wanted: Iterable[str] = ()) -> Finished:
    """Tell whether a case is done: its summary, which is written last, is there and fits, and so are its files.

    Args:
        folder: of the outputs.
        case: its name.
        fingerprint: what the outputs would be made with and of now.
        wanted: names of the outputs asked for; those must have been asked for then, too.
    """
    path = folder / f"{case}{SUMMARY_ENDING}"
    if not path.exists():
        return Finished(None)
    summary = _read(path)
    if summary is None:
        return Finished(None, "its summary cannot be read")
    difference = fingerprint.difference(summary.get("fingerprint"))
    if difference:
        return Finished(None, difference)
    new = set(wanted).difference(_asked_for(summary))
    if new:
        return Finished(None, f"it has no {' and no '.join(sorted(new))} output yet")
    missing = [name for name in _recorded_names(case, summary) if not (folder / name).is_file()]
    if missing:
        return Finished(None, f"{missing[0]} is missing")
    return Finished(summary)


def discard_case(folder: Path, case: str) -> None:
    """Remove a case's files, the summary first: without it what is left does not count.

    Raises:
        OutputError: a file cannot be removed.
    """
    summary = folder / f"{case}{SUMMARY_ENDING}"
    recorded = _recorded_names(case, _read(summary) or {})
    for path in dict.fromkeys((summary, *(folder / name for name in (*recorded, *possible_file_names(case))))):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"could not remove {path} of an earlier run: {error.strerror}; remove it by hand or choose another "
                "output folder"
            ) from error


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _asked_for(summary: dict[str, Any]) -> set[str]:
    names = summary.get("outputs_asked_for")
    return {str(name) for name in names} if isinstance(names, list) else set()


def _recorded_names(case: str, summary: dict[str, Any]) -> list[str]:
    """File names in a summary, as far as they can be files of this case: it may have been edited by hand."""
    outputs = summary.get("outputs")
    names = [name for name in outputs.values() if isinstance(name, str)] if isinstance(outputs, dict) else []
    own = possible_file_names(case)
    return [name for name in names if name in own or (name.startswith(f"{case}_") and Path(name).name == name)]
