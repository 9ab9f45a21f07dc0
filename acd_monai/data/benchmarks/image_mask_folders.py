"""Sets of two folders, images and masks, in which every image is abnormal: polyps, skin lesions, thyroid nodules.

CVC-ColonDB, CVC-ClinicDB (also as first published: ``Original/``, ``Ground Truth/``), Kvasir, CVC-300, ISIC 2016
(Gutman et al.) and TN3K (Gong et al.).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder, need_folder
from acd_monai.data.benchmarks.pairing import SAME_STEM, MaskNames, endings, samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, Sample

__all__ = ["read_images_and_masks", "read_isic", "read_tn3k"]

_POLYPS = (("images", "masks"), ("Original", "Ground Truth"))
_ISIC: Mapping[str, tuple[str, str]] = {
    "train": ("ISBI2016_ISIC_Part1_Training_Data", "ISBI2016_ISIC_Part1_Training_GroundTruth"),
    "test": ("ISBI2016_ISIC_Part1_Test_Data", "ISBI2016_ISIC_Part1_Test_GroundTruth"),
}
_TN3K: Mapping[str, tuple[str, str]] = {
    "train": ("trainval-image", "trainval-mask"),
    "test": ("test-image", "test-mask"),
}


def read_images_and_masks(root: Path, split: str, class_name: str) -> list[Sample]:
    """List a set of polyps; it has a test split only."""
    return _read(root, _POLYPS, class_name, SAME_STEM)


def read_isic(root: Path, split: str, class_name: str) -> list[Sample]:
    """List ISIC 2016, part 1: the mask's stem ends in ``_Segmentation``."""
    return _read(root, [_ISIC[split]], class_name, endings("_Segmentation"))


def read_tn3k(root: Path, split: str, class_name: str) -> list[Sample]:
    """List TN3K, the fold for training and validation as ``"train"``."""
    return _read(root, [_TN3K[split]], class_name, SAME_STEM)


def _read(root: Path, pairs: Sequence[tuple[str, str]], class_name: str, mask_names: MaskNames) -> list[Sample]:
    """List the first pair of folders that is there.

    Raises:
        InputError: no folder of images.
    """
    images = need_folder(root, *(name for name, _ in pairs))
    masks = find_folder(root, *(name for _, name in pairs))
    return samples_in(images, root, ABNORMAL, class_name, masks, mask_names)
