"""Slices at the network's size, kept in a folder, so that several methods on the same images resize each once."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from acd_monai.data.kept_arrays import KeptArrays
from acd_monai.inferers.fit import Fit

__all__ = ["KeptSquares"]


class KeptSquares:
    """Applies a :class:`~acd_monai.inferers.fit.Fit` to a slice the first time, and gives the same square back later.

    Networks of one size share a square; for another size there is another. The folder is for runs on the same images,
    scaled in the same way, that do not change meanwhile: a temporary one.

    Args:
        folder: made if missing.
    """

    def __init__(self, folder: str | Path) -> None:
        self.arrays = KeptArrays(folder)

    def apply(self, fit: Fit, slices: Tensor, name: str, numbers: list[int]) -> Tensor:
        """Return what ``fit.apply(slices)`` gives, to the last bit.

        Args:
            fit: where the slices come to lie.
            slices: ``(N, C, rows, columns)`` in [0, 1].
            name: of the image, its own within the folder.
            numbers: of the slices in it.

        Raises:
            RunStoppedError: the folder cannot be written to.
        """
        if fit.content == fit.source:
            return fit.apply(slices)  # nothing is resized
        key = (name, numbers, tuple(fit))
        kept = self.arrays.read(key)
        if kept is not None:
            return torch.from_numpy(kept["squares"]).to(slices.device)
        squares = fit.apply(slices)
        self.arrays.write(key, {"squares": squares.cpu().numpy()})
        return squares
