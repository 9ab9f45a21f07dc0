"""``acd-monai inspect``: what is in files and folders, and what would be read of it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["SERIES_HELP", "add_inspect"]

INSPECT_EXAMPLES = """what it prints:
  patient → study → series → volumes, with modality, body part, description, slices, spacing, plane and flags (tilted,
  uneven, 4-D, mosaic, localizer, reformat, derived); under each volume "read as volume NAME", or "not read: REASON", or
  "WILL FAIL as NAME: REASON" (its place in the patient cannot be known exactly). NAME is what its files are called.
  Names and IDs of patients are left out. Only headers are read; nothing is written.

examples:
  acd-monai inspect STUDY_FOLDER                        what is there, and which domain fits
  acd-monai inspect STUDY_FOLDER --domain liver_ct      what that domain reads of it, and why not the rest
  acd-monai inspect STUDY_FOLDER --series 5             what --series 5 means"""

SERIES_HELP = (
    "read just this DICOM series, whatever the domain wants: its SeriesInstanceUID, its number, or a part of its "
    "description (upper or lower case); `acd-monai inspect` shows them"
)


def add_inspect(commands: Any) -> None:
    """Add the command."""
    inspect = commands.add_parser(
        "inspect",
        help="show what is in files and folders, what would be read, and why not the rest",
        description="Show what is in files and folders, what `acd-monai infer` would read of it, and why not the rest.",
        epilog=INSPECT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inspect.add_argument("inputs", nargs="+", metavar="PATH", help="files and folders, as for `acd-monai infer`")
    inspect.add_argument("--domain", help="judge for this domain (default: the one that `--domain auto` would choose)")
    inspect.add_argument("--series", metavar="UID|NUMBER|TEXT", help=SERIES_HELP)
    inspect.set_defaults(run=_inspect)


def _inspect(options: argparse.Namespace) -> None:
    from acd_monai.bundle import inspect_inputs

    sys.stdout.write(inspect_inputs(options.inputs, options.domain, options.series))
