"""Normal images of the thing in question, read as the images they are compared with: for few-shot methods."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from monai.data import MetaTensor

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
    folder: str | Path | None, preprocessing: Callable, inferer: SliceAnomalyInferer, image_size: int
) -> References | None:
    """Read all pictures below a folder.

    Their content is put on record as a training set's is, so that an evaluation on one of them is refused.

    Args:
        folder: of normal images; None: none are wanted.
        preprocessing: of the workflow, from ``{"image": path, "mask": None}`` to an image ``(C, rows, columns, 1)``
            in [0, 1].
        inferer: knows how an image is brought to the network's square.
        image_size: side of the square.

    Raises:
        InputError: no picture there, or one that cannot be read.
    """
    if folder is None:
        return None
    files = [path for path in walk_files(Path(folder).expanduser()) if format_by_name(path) == "frame"]
    if not files:
        raise InputError(f"{folder}: no pictures; wanted a folder of normal images (PNG, JPEG, TIFF, BMP)")
    squares = []
    for path in files:
        image: Any = preprocessing({"image": str(path), "mask": None})["image"]
        plain = image.as_tensor() if isinstance(image, MetaTensor) else image
        fit = plan_volume_fit(inferer.fit, image, image_size)
        squares.append(fit.apply(plain.movedim(-1, 0).float()).expand(-1, 3, -1, -1))
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    known = {"name": "normal references", "split": "few-shot", "images": len(files), "abnormal": 0}
    record = TrainingRecord.of([known], files, epoch_rule="none", epoch=0, seed=0)
    return References((torch.cat(squares) - mean) / std, record.to_notes())
