"""``acd-monai prepare``: a data set's folders to a manifest."""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["add_prepare"]


def add_prepare(commands: Any) -> None:
    """Add the command."""
    prepare = commands.add_parser(
        "prepare",
        help="list a data set as a manifest, and say how it differs from a full download",
        description="Recognise a data set's folders and write one line of JSON for each image: image_path, label (0 "
        "normal, 1 abnormal), class_name, mask_path, case; paths are relative to ROOT. Say what differs from a full "
        "download. `acd-monai evaluate` and `train` read the folders themselves; edit the list where yours differ.",
    )
    add = prepare.add_argument
    add("dataset", metavar="DATASET", help="`acd-monai datasets` lists them; folder, volumes: your own")
    add("root", metavar="ROOT", help="its root folder; never written to")
    add("--split", default="test", help="test (default), or train or valid where there is one")
    add("-o", "--output", metavar="FILE", help="the manifest (default: DATASET_SPLIT.jsonl in the current folder)")
    prepare.set_defaults(run=_prepare)


def _prepare(options: argparse.Namespace) -> None:
    from acd_monai.bundle import prepare_dataset

    sys.stdout.write(prepare_dataset(options.dataset, options.root, options.output, options.split))
