"""Images and masks as preprocessing leaves them, kept in a folder, so that several runs read each file once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.data import MetaTensor

from acd_monai.data.kept_arrays import KeptArrays

__all__ = ["PreparedItems"]

_LEVELS = 255
"""An image made of bytes is kept as bytes."""


class PreparedItems:
    """Keeps ``image`` and ``mask`` of items in files, and gives them back exactly.

    The folder is for runs with the same preprocessing, on files that do not change meanwhile: a temporary one.

    Args:
        folder: made if missing.
    """

    def __init__(self, folder: str | Path) -> None:
        self.arrays = KeptArrays(folder)

    def read(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """Return an item (paths) with its image and mask, or None when it is not kept."""
        kept = self.arrays.read((item["image"], item["mask"]))
        if kept is None:
            return None
        image = kept["image"]
        image = image.astype(np.float32) / _LEVELS if image.dtype == np.uint8 else image
        mask, affine, kind = kept["mask"].astype(np.float32), kept["affine"], str(kept["kind"])
        volumes = {
            key: MetaTensor(torch.from_numpy(array), affine=torch.from_numpy(affine.copy()), meta={"kind": kind})
            for key, array in (("image", image), ("mask", mask))
        }
        return {**item, **volumes}

    def write(self, item: dict[str, Any], prepared: dict[str, Any]) -> None:
        """Keep what preprocessing made of an item.

        Args:
            item: with the paths.
            prepared: with ``image``, float32 ``(C, rows, columns, slices)``, and ``mask`` of 0 and 1 on its grid.

        Raises:
            RunStoppedError: the folder cannot be written to.
        """
        image = prepared["image"]
        arrays = {
            "image": _as_bytes_if_exact(image.numpy()),
            "mask": prepared["mask"].numpy().astype(bool),
            "affine": image.affine.numpy(),
            "kind": np.array(str(image.meta.get("kind"))),
        }
        self.arrays.write((item["image"], item["mask"]), arrays)


def _as_bytes_if_exact(image: np.ndarray) -> np.ndarray:
    levels = np.round(image * _LEVELS)
    if levels.min(initial=0) < 0 or levels.max(initial=0) > _LEVELS:
        return image
    levels = levels.astype(np.uint8)
    return levels if np.array_equal(levels.astype(np.float32) / _LEVELS, image) else image
