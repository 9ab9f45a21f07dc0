"""A data set whose broken items become named failures instead of ending the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from monai.data import Dataset

from acd_monai.data.formats import format_by_name
from acd_monai.errors import find_cause

__all__ = ["DONE", "FAILURE", "VIDEO", "CaseDataset", "failure_reason"]

logger = logging.getLogger(__name__)

FAILURE = "failure"
"""Key of the reason in the item of a case that could not be read."""

VIDEO = "video"
"""Key of the path in the item of a video."""


DONE = "done"
"""Key in the item of a case that an earlier run has finished."""


class CaseDataset(Dataset):
    """Cases as :func:`~acd_monai.data.find_cases` lists them, read and transformed one by one.

    An item that fails comes back as ``{"case": name, "failure": reason}``, one of a case that is done already as
    ``{"case": name, "done": True}``, unread. A video stays a path, as ``{"case": name, "video": path}``: it is decoded
    while it is scored, never held as a whole.

    Args:
        data: the cases.
        transform: reads and prepares one.

    Attributes:
        done: names of the cases not to read; the CaseWriter, which knows the output folder, fills it.
    """

    def __init__(self, data: Sequence[dict[str, Any]], transform: Callable | None = None) -> None:
        super().__init__(data, transform)
        self.done: frozenset[str] = frozenset()

    def _transform(self, index: int) -> dict[str, Any]:
        item = self.data[index]
        if item["case"] in self.done:
            return {"case": item["case"], DONE: True}
        if isinstance(item["image"], str) and format_by_name(Path(item["image"])) == "video":
            return {"case": item["case"], VIDEO: item["image"]}
        try:
            return super()._transform(index)
        except Exception as error:  # one bad case must not end the run; it is named in the results
            return {"case": item["case"], FAILURE: failure_reason(error)}


def failure_reason(error: Exception) -> str:
    """Return one line for the results; what is not a user's error keeps its type, and its traceback is logged."""
    known = find_cause(error)
    if known is not None:
        return str(known)
    logger.debug("unexpected failure", exc_info=error)
    first = str(error).strip().splitlines()[:1]
    return f"unexpected {type(error).__name__}: {first[0] if first else 'no message'}"
