"""Volumes with mask volumes: ``images/`` and ``masks/`` or ``labels/``, or nnU-Net's and the Decathlon's folders.

One sample for each volume, abnormal; which of its slices are, the mask tells, so that each volume needs one: all zeros
for a healthy one. Masks lie on the grid of their volume and have its stem, or it and ``_mask``, ``_seg`` or ``_label``;
nnU-Net's ``_0000`` (the channel) is left out of the stem. The case is the stem.
"""

from __future__ import annotations

from pathlib import Path

from acd_monai.data.benchmarks.folders import VOLUMES, find_folder
from acd_monai.data.benchmarks.own_folder import OWN_MASKS
from acd_monai.data.benchmarks.pairing import samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, Sample, named_few
from acd_monai.errors import InputError

__all__ = ["read_volumes"]

_TRAIN = ("imagesTr", "labelsTr")
_PAIRS = {
    "train": (_TRAIN,),
    "test": (("images", "masks"), ("images", "labels"), ("imagesTs", "labelsTs"), _TRAIN),
}
"""Folders of images and masks, the first pair that is there; often only the training part has labels, so that a model
trained on other data is tested on it."""

_CHANNEL = "_0000"


def read_volumes(root: Path, split: str, class_name: str = "") -> list[Sample]:
    """List the volumes of one split.

    Args:
        root: the folder of the two folders.
        split: ``"train"`` or ``"test"``.
        class_name: of all volumes; the folder's name where it is blank.

    Raises:
        InputError: the folders are not there, or a volume has no mask.
    """
    for pair in _PAIRS[split]:
        images, masks = (find_folder(root, name) for name in pair)
        if images is not None and masks is not None:
            break
    else:
        wanted = " or ".join(f"{images}/ and {masks}/" for images, masks in _PAIRS[split])
        raise InputError(f"{root}: volumes and their masks are wanted in {wanted}. Rename the folders.")
    samples = samples_in(
        images, root, ABNORMAL, class_name or root.name, masks, _mask_names, VOLUMES, lambda s: s.removesuffix(_CHANNEL)
    )
    bare = [sample.image.name for sample in samples if sample.mask is None]
    if bare:
        raise InputError(
            f"{images}: {len(bare)} of {len(samples)} volumes have no mask in {masks.name}/: {named_few(bare)}. "
            "Add them, all zeros for a healthy volume, or choose volumes (one channel of each) with a manifest."
        )
    return samples


def _mask_names(stem: str) -> list[str]:
    return [*OWN_MASKS(stem), *OWN_MASKS(stem.removesuffix(_CHANNEL))]
