"""Two folders, ``yes`` (a tumour) and ``no``: Br35H and the brain MRI set of Kaggle. No pixel labels."""

from __future__ import annotations

from pathlib import Path

from acd_monai.data.benchmarks.folders import need_folder
from acd_monai.data.benchmarks.pairing import samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample

__all__ = ["read_yes_no"]


def read_yes_no(root: Path, split: str, class_name: str) -> list[Sample]:
    """List both folders, ``no`` first.

    Raises:
        InputError: one is missing.
    """
    folders = ((need_folder(root, "no"), NORMAL), (need_folder(root, "yes"), ABNORMAL))
    return [sample for folder, label in folders for sample in samples_in(folder, root, label, class_name)]
