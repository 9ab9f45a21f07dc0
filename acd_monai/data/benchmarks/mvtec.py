"""MVTec-AD and the sets laid out like it: MPDD, BTAD (``ok``, ``ko``), and many a folder of one's own.

``<class>/train/good``, ``<class>/test/<defect>``, ``<class>/ground_truth/<defect>/<stem>_mask.png``. In BTAD masks have
the stem of their image, and another format.
"""

from __future__ import annotations

from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder, sub_folders
from acd_monai.data.benchmarks.pairing import endings, samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample
from acd_monai.errors import InputError

__all__ = ["MASK_FOLDERS", "NORMAL_FOLDERS", "SPLIT_FOLDERS", "find_objects", "read_mvtec"]

NORMAL_FOLDERS = ("good", "normal", "ok", "no", "healthy")
"""Names of folders of normal images (lower case)."""

MASK_FOLDERS = ("ground_truth", "masks", "mask", "labels", "label")

SPLIT_FOLDERS = {"train": ("train",), "valid": ("valid", "val"), "test": ("test",)}


def read_mvtec(root: Path, split: str, class_name: str = "") -> list[Sample]:
    """List the images of one split.

    Args:
        root: the folder of the classes, or of one class.
        split: ``"train"``, ``"valid"`` or ``"test"``; only the test split has masks.
        class_name: not used: the folders say it.

    Raises:
        InputError: no class has such a split.
    """
    objects = find_objects(root, split)
    if not objects:
        raise InputError(
            f"{root}: no <class>/{split}/ folder in it; wanted <class>/{split}/good and the like. "
            "Give the folder that the download unpacks to."
        )
    return [sample for folder in objects for sample in _read_object(root, folder, split)]


def find_objects(root: Path, split: str) -> list[Path]:
    """Return the folders of the classes that have this split: ``root`` itself, or folders in it."""
    names = SPLIT_FOLDERS[split]
    return [root] if find_folder(root, *names) else [f for f in sub_folders(root) if find_folder(f, *names)]


def _read_object(root: Path, folder: Path, split: str) -> list[Sample]:
    images = find_folder(folder, *SPLIT_FOLDERS[split])
    masks = find_folder(folder, *MASK_FOLDERS) if split == "test" else None
    samples = []
    for kind in sub_folders(images) if images else []:
        label = NORMAL if kind.name.casefold() in NORMAL_FOLDERS else ABNORMAL
        of_kind = find_folder(masks, kind.name) if masks else None
        samples += samples_in(kind, root, label, folder.name, of_kind, endings("_mask", ""))
    return samples
