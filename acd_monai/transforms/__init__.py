"""MONAI dictionary transforms of this package, and the augmentation of training batches."""

from __future__ import annotations

from acd_monai.transforms.augmentation import Augmented, TrainingAugmentation
from acd_monai.transforms.intensity import ScaleMRd, WindowCTd, window
from acd_monai.transforms.load_mask import LoadMaskd, read_mask
from acd_monai.transforms.mosaic import Mosaic
from acd_monai.transforms.slice_plane import PLANE_OF_NORMAL, PLANES, SlicePlane, SlicePlaned
from acd_monai.transforms.training_square import TrainingSquared

__all__ = [
    "Augmented",
    "LoadMaskd",
    "Mosaic",
    "PLANES",
    "PLANE_OF_NORMAL",
    "ScaleMRd",
    "SlicePlane",
    "SlicePlaned",
    "TrainingAugmentation",
    "TrainingSquared",
    "WindowCTd",
    "read_mask",
    "window",
]
