"""Which mask belongs to which image: the one whose name says so, never the one at the same place of a sorted list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from acd_monai.data.benchmarks.folders import PICTURES, image_files
from acd_monai.data.benchmarks.sample import ABNORMAL, Sample
from acd_monai.data.formats import Format, file_stem
from acd_monai.errors import InputError

__all__ = ["SAME_STEM", "MaskNames", "endings", "match_masks", "samples_in"]

MaskNames = Callable[[str], Sequence[str]]
"""From the stem of an image to the stems its mask may have, the likeliest first."""


def endings(*texts: str) -> MaskNames:
    """Masks are named as their image with one of these texts behind its stem."""
    return lambda stem: [stem + text for text in texts]


SAME_STEM = endings("")


def match_masks(images: Sequence[Path], masks: Sequence[Path], mask_names: MaskNames) -> dict[Path, Path]:
    """Find the mask of each image by its stem; the endings that tell the format may differ.

    Returns:
        Image to mask, without the images that have none.

    Raises:
        InputError: two masks have one stem, or a mask fits two images.
    """
    by_stem: dict[str, Path] = {}
    for mask in masks:
        other = by_stem.setdefault(file_stem(mask), mask)
        if other != mask:
            raise InputError(
                f"{mask.parent}: {other.name} and {mask.name} have one stem; one mask is wanted. Remove one."
            )
    matched: dict[Path, Path] = {}
    taken: dict[Path, Path] = {}
    for image in images:
        found = next((by_stem[name] for name in mask_names(file_stem(image)) if name in by_stem), None)
        if found is None:
            continue
        if found in taken:
            raise InputError(
                f"{found.parent}: the mask {found.name} fits two images, {taken[found].name} and {image.name}; "
                "one is wanted. Rename one, or write a manifest."
            )
        matched[image], taken[found] = found, image
    return matched


def samples_in(
    folder: Path,
    root: Path,
    label: int,
    class_name: str,
    mask_folder: Path | None = None,
    mask_names: MaskNames = SAME_STEM,
    kinds: tuple[Format, ...] = PICTURES,
    case_of: Callable[[str], str] | None = None,
) -> list[Sample]:
    """Return the images in one folder, all of one label.

    Args:
        folder: where the images lie.
        root: cases are named by the path from here, without the ending.
        label: 0 or 1.
        class_name: of all of them.
        mask_folder: where the masks of abnormal images lie; None: there are none.
        mask_names: how masks are named.
        kinds: which files are images.
        case_of: from an image's stem to its case, where several images are one case.

    Raises:
        InputError: as :func:`match_masks`.
    """
    images = image_files(folder, kinds)
    masks = {}
    if label == ABNORMAL and mask_folder is not None:
        masks = match_masks(images, image_files(mask_folder, kinds), mask_names)
    place = folder.relative_to(root).as_posix()
    name_case = case_of or (lambda stem: stem if place == "." else f"{place}/{stem}")
    return [Sample(image, label, class_name, masks.get(image), name_case(file_stem(image))) for image in images]
