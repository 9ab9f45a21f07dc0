"""Normal images that a few-shot method compares others with, and how far from them something is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.kept import Kept

__all__ = ["ReferenceImages", "References", "nearest_distance"]

Features = TypeVar("Features")

_SMALLEST_DISTANCE = 1e-6
"""Identical parts must not make a harmonic mean divide by zero."""


class References(NamedTuple):
    """Normal images to compare with.

    Attributes:
        images: ``(k, 3, H, W)``, normalised, of the size at which the network is run.
        notes: what is said of their origin, as of weights; empty: nothing is known.
    """

    images: Tensor
    notes: Mapping[str, Any]


class ReferenceImages(nn.Module, Generic[Features]):
    """The references of a network; they move with it, and their features are computed once.

    Attributes:
        images: ``(k, 3, H, W)``; None: there are none.
    """

    images: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("images", None, persistent=False)
        self._kept: Kept[Features] = Kept()

    def __len__(self) -> int:
        return 0 if self.images is None else len(self.images)

    def add(self, images: Tensor) -> None:
        """Take in ``(k, 3, H, W)``.

        Raises:
            ConfigError: no image, or another size than those before.
        """
        if images.ndim != 4 or images.shape[1] != 3 or not len(images):
            raise ConfigError(f"references have shape {tuple(images.shape)}; wanted (k, 3, H, W) with k at least 1")
        if self.images is not None:
            if self.images.shape[1:] != images.shape[1:]:
                raise ConfigError(
                    f"references have shape {tuple(images.shape)}, those before {tuple(self.images.shape)}; "
                    "wanted one size"
                )
            images = torch.cat([self.images, images.to(self.images)])
        self.images = images

    @torch.no_grad()
    def features(self, encode: Callable[[Tensor], Features], weights: Iterable[Tensor]) -> Features | None:
        """Return ``encode(images)``, kept until a weight changes; None without references."""
        images = self.images
        if images is None:
            return None
        return self._kept.get("features", [images, *weights], lambda: encode(images))


def nearest_distance(features: Tensor, references: Tensor) -> Tensor:
    """Half the cosine distance to the nearest reference, in (0, 1]: unit ``(B, n, D)``, ``(m, D)`` → ``(B, n)``."""
    nearest = (features @ references.mT).amax(dim=-1)
    return ((1 - nearest) / 2).clamp(min=_SMALLEST_DISTANCE)
