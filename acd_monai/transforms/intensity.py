"""Scanner units to the [0, 1] a picture has: CT by a window in Hounsfield units, MR by percentiles.

Frames are pictures already and pass unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

import torch
from monai.config import KeysCollection
from monai.transforms import MapTransform
from torch import Tensor

from acd_monai.errors import ConfigError

__all__ = ["ScaleMRd", "WindowCTd", "scale_mr", "window"]


def window(image: Tensor, low: float, high: float) -> Tensor:
    """Map CT values in Hounsfield units linearly from [low, high] to [0, 1]; values outside are clipped.

    Raises:
        ConfigError: low is not below high.
    """
    if not low < high:
        raise ConfigError(f"CT window is [{low}, {high}] HU; wanted the low end below the high end")
    return ((image - low) / (high - low)).clamp(0, 1)


def scale_mr(image: Tensor, lower: float = 0.5, upper: float = 99.5) -> Tensor:
    """Map MR intensities to [0, 1]: 0 at the volume's lower percentile, 1 at the foreground's upper percentile.

    MR has no unit, so the scale is taken from the volume itself. Foreground is what is brighter than the mean
    (taken without the brightest hundredth): air fills much of a volume, and its share must not move the scale.
    A constant image becomes 0.

    Args:
        image: any shape.
        lower: percentile of all voxels.
        upper: percentile of the foreground.
    """
    low = _percentile(image, lower)
    foreground = image[image > image.clamp(max=_percentile(image, 99.0)).mean()]
    high = _percentile(foreground, upper) if foreground.numel() else low
    return ((image - low) / (high - low)).clamp(0, 1) if high > low else torch.zeros_like(image)


class _Intensity(MapTransform):
    """Applies one function to every volume and leaves frames alone."""

    def __init__(self, keys: KeysCollection, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__(keys)
        self.function = function

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        result = dict(data)
        for key in self.key_iterator(result):
            if getattr(result[key], "meta", {}).get("kind") != "frame":
                result[key] = self.function(result[key])
        return result


class WindowCTd(_Intensity):
    """Dictionary form of :func:`window`, given as radiologists do.

    Args:
        keys: of the images.
        level: centre of the window in Hounsfield units.
        width: of the window in Hounsfield units, above 0.
    """

    def __init__(self, keys: KeysCollection, level: float, width: float) -> None:
        low, high = level - width / 2, level + width / 2
        window(torch.zeros(1), low, high)
        super().__init__(keys, partial(window, low=low, high=high))


class ScaleMRd(_Intensity):
    """Dictionary form of :func:`scale_mr`.

    Args:
        keys: of the images.
        lower, upper: percentiles in [0, 100].
    """

    def __init__(self, keys: KeysCollection, lower: float = 0.5, upper: float = 99.5) -> None:
        if not (0 <= lower <= 100 and 0 <= upper <= 100):
            raise ConfigError(f"percentiles are {lower} and {upper}; wanted both in [0, 100]")
        super().__init__(keys, partial(scale_mr, lower=lower, upper=upper))


def _percentile(values: Tensor, percent: float) -> Tensor:
    """Order statistic without interpolation, so that it also works on more than 2²⁴ values."""
    values = values.flatten()
    rank = 1 + round(percent / 100 * (values.numel() - 1))
    return values.kthvalue(rank).values
