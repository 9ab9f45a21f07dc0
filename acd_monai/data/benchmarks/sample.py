"""One labelled image of a data set, and what can be asked of many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from acd_monai.errors import InputError

__all__ = ["NORMAL", "ABNORMAL", "Sample", "check_masks", "has_pixel_labels", "named_few"]

NORMAL = 0
ABNORMAL = 1

_MOST_NAMED = 3


@dataclass(frozen=True)
class Sample:
    """One image with its labels.

    Attributes:
        image: absolute path of a picture or a volume.
        label: 0 normal, 1 abnormal. A volume has 1: which of its slices are abnormal, its mask tells.
        class_name: what is shown, as the data set calls it; prompts take its noun.
        mask: absolute path of the pixel labels, not 0 where abnormal; None where there are none. A normal image needs
            none: all its pixels are normal.
        case: what belongs together, such as the slices of one patient; an image of its own otherwise.
    """

    image: Path
    label: int
    class_name: str
    mask: Path | None = None
    case: str = ""


def has_pixel_labels(samples: Iterable[Sample]) -> bool:
    """Tell whether pixel metrics are defined for the samples of a class: any abnormal one has a mask."""
    return any(sample.label == ABNORMAL and sample.mask is not None for sample in samples)


def check_masks(samples: Iterable[Sample]) -> None:
    """Make sure that a pixel loss has something to learn from.

    Args:
        samples: those to train on.

    Raises:
        InputError: none is abnormal, or abnormal ones have no mask.
    """
    abnormal = [sample for sample in samples if sample.label == ABNORMAL]
    if not abnormal:
        raise InputError("no image is abnormal; training on pixels needs abnormal images with masks. Add some.")
    bare = [sample.image.name for sample in abnormal if sample.mask is None]
    if bare:
        raise InputError(
            f"{len(bare)} of {len(abnormal)} abnormal images have no mask ({named_few(bare)}); training on pixels "
            "needs one for each. Add the masks, or leave these images out with a manifest."
        )


def named_few(names: list[str]) -> str:
    """Return the first names, and how many more there are, for messages."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
