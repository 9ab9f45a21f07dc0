"""A folder of one's own pictures, in whichever of three ways it is laid out; what is ambiguous is refused.

1. Named folders, in ``images/`` or not: ``good/`` (or ``normal``, ``ok``, ``no``, ``healthy``) holds the normal
   pictures, every other folder abnormal ones, both with the folders inside them. Without a normal folder each must say
   that it is abnormal (``bad``, ``abnormal``, ``anomaly``, ``ko``, ``yes``, …). Masks, where there are any, lie in
   ``ground_truth/`` (``masks``, ``mask``, ``labels``, ``label``) under the same folders, ``ground_truth/bad/x.png`` for
   ``bad/x.jpg``, or all in that one folder.
2. ``images/`` and ``masks/`` without folders inside: a picture is abnormal if it has a mask (masks are not opened: a
   normal picture has none).
3. Like MVTec-AD: ``[<object>/]{train,valid,test}/{good,<defect>}`` and ``[<object>/]ground_truth/<defect>``.

Masks have their image's stem, or it and ``_mask``, ``_seg`` or ``_label``; formats may differ. The class is named as
the data root, in the third way as each object.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder, image_files, sub_folders
from acd_monai.data.benchmarks.mvtec import MASK_FOLDERS, NORMAL_FOLDERS, SPLIT_FOLDERS, find_objects, read_mvtec
from acd_monai.data.benchmarks.pairing import endings, samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample, named_few
from acd_monai.data.walk import walk_files
from acd_monai.errors import InputError

__all__ = ["OWN_MASKS", "read_own_folder"]

OWN_MASKS = endings("", "_mask", "_seg", "_label")
"""How people name their masks."""

_ABNORMAL_FOLDERS = (
    "abnormal",
    "anomaly",
    "anomalous",
    "bad",
    "defect",
    "defective",
    "ko",
    "not_good",
    "ungood",
    "yes",
)

_WANTED = (
    "Wanted good/ beside folders of abnormal images, or images/ and masks/, or test/good/ and test/<defect>/; "
    "or name each image in a manifest"
)


def read_own_folder(root: Path, split: str, class_name: str = "") -> list[Sample]:
    """List the pictures of one split; without split folders all are the test split.

    Args:
        root: see the module's docstring.
        split: ``"train"``, ``"valid"`` or ``"test"``.
        class_name: of all images where it is not blank.

    Raises:
        InputError: no layout that is known, or one that can be read in two ways.
    """
    if any(find_objects(root, known) for known in SPLIT_FOLDERS):
        return read_mvtec(root, split)
    if split != "test":
        raise InputError(f"{root}: no {split}/ folder; without such folders all images are the test split. Make one.")
    class_name = class_name or root.name
    masks = find_folder(root, *MASK_FOLDERS)
    images = find_folder(root, "images", "image", "img") or root
    kinds = [folder for folder in sub_folders(images) if folder != masks]
    flat = image_files(images)
    if flat and kinds:
        raise InputError(
            f"{images}: pictures beside folders ({_names(kinds)}): which are normal cannot be told. {_WANTED}."
        )
    if flat and masks is None:
        raise InputError(f"{images}: {len(flat)} pictures, and nothing tells which are normal. {_WANTED}.")
    if flat and masks is not None:
        return _labelled_by_masks(images, root, class_name, masks)
    _check_names(root, kinds)
    samples = [sample for kind in kinds for sample in _read_kind(kind, images, root, class_name, masks)]
    _check_masks_used_once(samples)
    return samples


def _labelled_by_masks(images: Path, root: Path, class_name: str, masks: Path) -> list[Sample]:
    samples = samples_in(images, root, ABNORMAL, class_name, masks, OWN_MASKS)
    return [sample if sample.mask else replace(sample, label=NORMAL) for sample in samples]


def _read_kind(kind: Path, images: Path, root: Path, class_name: str, masks: Path | None) -> list[Sample]:
    """Return what lies in a folder and those inside it, all of the label its name says."""
    label = NORMAL if kind.name.casefold() in NORMAL_FOLDERS else ABNORMAL
    samples = []
    for folder in dict.fromkeys(file.parent for file in walk_files(kind)):
        mirrored = masks / folder.relative_to(images) if masks else None
        of_folder = mirrored if mirrored and mirrored.is_dir() else masks
        samples += samples_in(folder, root, label, class_name, of_folder, OWN_MASKS)
    return samples


def _check_names(root: Path, kinds: list[Path]) -> None:
    """Refuse folders of which none is said to be normal, and not all to be abnormal."""
    names = {kind.name.casefold() for kind in kinds}
    if not names:
        raise InputError(f"{root}: no picture found. {_WANTED}.")
    if names.isdisjoint(NORMAL_FOLDERS) and not names.issubset(_ABNORMAL_FOLDERS):
        raise InputError(f"{root}: which of the folders {_names(kinds)} is normal cannot be told. {_WANTED}.")


def _check_masks_used_once(samples: list[Sample]) -> None:
    owners: dict[Path, Path] = {}
    for sample in samples:
        if sample.mask is not None:
            other = owners.setdefault(sample.mask, sample.image)
            if other != sample.image:
                raise InputError(
                    f"{sample.mask.parent}: the mask {sample.mask.name} fits {other.parent.name}/{other.name} and "
                    f"{sample.image.parent.name}/{sample.image.name}; one is wanted. Put masks into folders "
                    "named as those of the images."
                )


def _names(folders: list[Path]) -> str:
    return named_few([f"{folder.name}/" for folder in folders])
