"""What every reader of the package returns: voxels, the grid they lie on, and what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Volume"]


@dataclass(frozen=True)
class Volume:
    """One 3-D image (or one 2-D frame as a single slice) in memory.

    Attributes:
        array: float32 ``(C, I, J, K)``: channels (1 grey or 3 RGB), columns, rows, slices. Grey volumes are in the
            source's own units (CT: Hounsfield units); frames are in [0, 1].
        affine: float64 ``(4, 4)``, voxel index ``(i, j, k, 1)`` to RAS+ millimetres (frames: unit spacing, the
            stored pixel grid; see ``data/frames.py``). Kept exact, also when sheared.
        kind: ``"volume"`` has a place in the patient; ``"frame"`` is a picture, in pixels.
        modality: DICOM modality (``"CT"``, ``"MR"``, ``"OPT"``, …), empty when the format does not say.
        warnings: one line for each thing a reader of the map should know.
    """

    array: np.ndarray
    affine: np.ndarray
    kind: Literal["volume", "frame"]
    modality: str = ""
    warnings: tuple[str, ...] = ()
