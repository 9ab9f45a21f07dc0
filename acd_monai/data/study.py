"""A folder of scans as volumes in memory, and a report of everything that is not among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from acd_monai.data.cases import scan_inputs
from acd_monai.data.dicom import LeftOut
from acd_monai.data.reader import read_volume
from acd_monai.data.selection import Selection
from acd_monai.data.volume import Volume
from acd_monai.errors import InputError

__all__ = ["Study", "read_study"]


class Study(NamedTuple):
    """What was read and what was not.

    Attributes:
        volumes: by case name, in natural order.
        left_out: files and cases that are not among them, each with its reason.
    """

    volumes: dict[str, Volume]
    left_out: list[LeftOut]


def read_study(
    inputs: str | Path | Sequence[str | Path], selection: Selection | None = None, resample_uneven: bool = False
) -> Study:
    """Read every volume and picture in files and folders; all are in memory at once.

    Args:
        inputs: as for :func:`~acd_monai.data.scan_inputs`.
        selection: which DICOM series are wanted; all when None.
        resample_uneven: bring series with uneven slice gaps to an even grid instead of leaving them out.

    Raises:
        InputError: an input does not exist, or nothing that could be read was found.
    """
    found = scan_inputs(inputs, selection)
    volumes: dict[str, Volume] = {}
    left_out = list(found.left_out)
    for case in found.cases:
        try:
            volumes[case["case"]] = read_volume(case["image"], resample_uneven)
        except InputError as error:
            left_out.append(LeftOut(case["source"], str(error)))
    return Study(volumes, left_out)
