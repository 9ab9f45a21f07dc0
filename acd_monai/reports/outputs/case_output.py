"""What an output is: its name, its files, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["CaseOutput", "Side"]


class Side(Enum):
    """What an output is written beside: ``VOLUMES`` and ``PICTURES`` at once, ``LAST`` when both are done.

    Only ``PICTURES`` may draw with matplotlib, which is for one thread at a time. An output finds those before it in
    the registry written if they are of its own side.
    """

    VOLUMES = "volumes"
    PICTURES = "pictures"
    LAST = "last"


@dataclass(frozen=True)
class CaseOutput:
    """One kind of output, as ``--outputs`` names it.

    Attributes:
        name: one lower-case word.
        endings: role and file-name ending of every file it may write; a file's name is the case's name and the ending.
        write: gets the case and a path for each role; writes each file whole or not at all (see
            :func:`~acd_monai.reports.written_whole`) and returns the roles it wrote. Raises OutputSkippedError where
            the output cannot be made of this case; the other outputs are still written.
        side: when it is written.
        can_name_patient: whether it names the patient when that is asked for.
    """

    name: str
    endings: Mapping[str, str]
    write: Callable[[CaseView, Mapping[str, Path]], Iterable[str]]
    side: Side = Side.PICTURES
    can_name_patient: bool = False

    def file_names(self, case: str) -> dict[str, str]:
        """Return role and file name of every file that may be written for a case."""
        return {role: f"{case}{ending}" for role, ending in self.endings.items()}
