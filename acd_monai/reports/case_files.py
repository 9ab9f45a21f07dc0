"""The files of one case: their names, whether they are all there, and taking them away again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.errors import OutputError
from acd_monai.reports.fingerprint import Fingerprint

__all__ = ["Finished", "case_file_names", "discard_case", "find_finished", "video_file_names"]


class Finished(NamedTuple):
    """What an earlier run left of a case.

    Attributes:
        summary: content of its summary when the case is done, else None.
        reason: why it counts as not done although there is a summary; else empty.
    """

    summary: dict[str, Any] | None
    reason: str = ""


def case_file_names(case: str) -> dict[str, str]:
    """Return role and file name of what is written for every case."""
    return {
        "anomaly_map": f"{case}_anomaly.nii.gz",
        "summary": f"{case}_summary.json",
        "preview": f"{case}_preview.png",
    }


def video_file_names(case: str) -> dict[str, str]:
    """Return role and file name of what is also written for a video."""
    return {"timeline": f"{case}_timeline.png", "timeline_csv": f"{case}_timeline.csv"}


def find_finished(folder: Path, case: str, fingerprint: Fingerprint) -> Finished:
    """Tell whether a case is done: its summary, which is written last, is there and fits, and so are its files.

    Args:
        folder: of the outputs.
        case: its name.
        fingerprint: what the outputs would be made with and of now.
    """
    path = folder / case_file_names(case)["summary"]
    if not path.exists():
        return Finished(None)
    summary = _read(path)
    if summary is None:
        return Finished(None, "its summary cannot be read")
    difference = fingerprint.difference(summary.get("fingerprint"))
    if difference:
        return Finished(None, difference)
    missing = [name for name in _recorded_names(case, summary) if not (folder / name).is_file()]
    if missing:
        return Finished(None, f"{missing[0]} is missing")
    return Finished(summary)


def discard_case(folder: Path, case: str) -> None:
    """Remove a case's files, the summary first: without it what is left does not count.

    Raises:
        OutputError: a file cannot be removed.
    """
    summary = folder / case_file_names(case)["summary"]
    recorded = _recorded_names(case, _read(summary) or {})
    names = (*recorded, *case_file_names(case).values(), *video_file_names(case).values())
    for path in dict.fromkeys((summary, *(folder / name for name in names))):
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


def _recorded_names(case: str, summary: dict[str, Any]) -> list[str]:
    """File names in a summary, as far as they can be files of this case: it may have been edited by hand."""
    outputs = summary.get("outputs")
    names = outputs.values() if isinstance(outputs, dict) else ()
    return [name for name in names if isinstance(name, str) and name.startswith(f"{case}_") and Path(name).name == name]
