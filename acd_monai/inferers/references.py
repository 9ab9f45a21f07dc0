"""Normal images of the thing in question, read as the images they are compared with: for few-shot methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from monai.data import MetaTensor
from torch import Tensor

from acd_monai.data import TrainingRecord
from acd_monai.data.formats import format_by_name
from acd_monai.data.walk import walk_files
from acd_monai.errors import InputError
from acd_monai.inferers.fit import plan_volume_fit
from acd_monai.inferers.slice_inferer import SliceAnomalyInferer
from acd_monai.networks import References
from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD

__all__ = ["read_references"]


def read_references(
    folder: str | Path | None,
    preprocessing: Callable,
    inferer: SliceAnomalyInferer,
    image_size: int,
    classes: Sequence[str] | None = None,
) -> list[References]:
    """Read pictures of normal things, of each class by itself.

    Their content is put on record as a training set's is, so that an evaluation on one of them is refused.

    Args:
        folder: of normal images, at any depth; with sub-folders called like the classes those of each class lie there.
            None: none are wanted.
        preprocessing: of the workflow, from ``{"image": path, "mask": None}`` to an image ``(C, rows, columns, 1)``
            in [0, 1].
        inferer: knows how an image is brought to the network's square.
        image_size: side of the square.
        classes: of the data set, in the order of the detector's nouns; None: there is one noun.

    Returns:
        References of each class in order; the notes of each speak of all of them.

    Raises:
        InputError: no picture there, several classes and one of them without, or one that cannot be read.
    """
    if folder is None:
        return []
    files = _find_pictures(Path(folder).expanduser(), classes or [])
    squares = [torch.cat([_square(path, preprocessing, inferer, image_size) for path in some]) for some in files]
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    together = [path for some in files for path in some]
    known = {"name": "normal references", "split": "few-shot", "images": len(together), "abnormal": 0}
    notes = TrainingRecord.of([known], together, epoch_rule="none", epoch=0, seed=0).to_notes()
    return [References((some - mean) / std, notes) for some in squares]


def _find_pictures(folder: Path, classes: Sequence[str]) -> list[list[Path]]:
    """Return the pictures of each class, or all together where there is one class without a sub-folder."""
    if len(classes) > 1 or (classes and (folder / classes[0]).is_dir()):
        found = {name: _pictures(folder / name) if (folder / name).is_dir() else [] for name in classes}
        if bare := [name for name, files in found.items() if not files]:
            raise InputError(
                f"{folder}: no references of {', '.join(bare)}; wanted normal pictures in {folder / bare[0]}"
                f"{' and so on' if bare[1:] else ''}, a sub-folder for each of the {len(classes)} classes"
            )
        return list(found.values())
    files = _pictures(folder)
    if not files:
        raise InputError(f"{folder}: no pictures; wanted a folder of normal images (PNG, JPEG, TIFF, BMP)")
    return [files]


def _pictures(folder: Path) -> list[Path]:
    return [path for path in walk_files(folder) if format_by_name(path) == "frame"]


def _square(path: Path, preprocessing: Callable, inferer: SliceAnomalyInferer, size: int) -> Tensor:
    """Return a picture as the network would be given it, ``(1, 3, size, size)`` in [0, 1]."""
    image: Any = preprocessing({"image": str(path), "mask": None})["image"]
    plain = image.as_tensor() if isinstance(image, MetaTensor) else image
    fit = plan_volume_fit(inferer.fit, image, size)
    return fit.apply(plain.movedim(-1, 0).float()).expand(-1, 3, -1, -1)
