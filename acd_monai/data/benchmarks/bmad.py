"""BMAD (Bao et al. 2024): slices of brain MRI, liver CT and retina OCT, named ``<case>_<slice>``.

Copies differ: ``<split>/{good,Ungood}/{img,label}`` or ``<split>/{img,label}/{good,Ungood}``, masks in ``label``,
``anomaly_mask`` or ``<split>_label``, images beside them or in ``img``, and all in one more folder or not.
"""

from __future__ import annotations

from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder, need_folder, sub_folders
from acd_monai.data.benchmarks.mvtec import SPLIT_FOLDERS
from acd_monai.data.benchmarks.pairing import samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample

__all__ = ["read_bmad"]

_KINDS = (("good", NORMAL), ("Ungood", ABNORMAL))


def read_bmad(root: Path, split: str, class_name: str) -> list[Sample]:
    """List the images of one split, the normal ones first.

    Args:
        root: ``Brain_AD`` or another of the folders.
        split: ``"train"`` (normal images only), ``"valid"`` or ``"test"``.
        class_name: of all images; part of the name of a case.

    Raises:
        InputError: the split is not there.
    """
    names = SPLIT_FOLDERS[split]
    inner = [folder for folder in sub_folders(root) if find_folder(folder, *names)]
    if find_folder(root, *names) is None and len(inner) == 1:
        root = inner[0]
    place = need_folder(root, *names)
    images = find_folder(place, "img", *names) or place
    masks = find_folder(place, "label", "anomaly_mask", *(f"{name}_label" for name in names))
    samples = []
    for name, label in _KINDS:
        kind = find_folder(images, name)
        if kind is None:
            continue
        pictures = find_folder(kind, "img") or kind
        labels = find_folder(masks, name) if masks else find_folder(kind, "label", "anomaly_mask")
        samples += samples_in(
            pictures,
            root,
            label,
            class_name,
            labels,
            case_of=lambda stem: f"{class_name}/{stem.rpartition('_')[0] or stem}",
        )
    return samples
