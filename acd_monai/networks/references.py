"""Normal images that a few-shot method compares others with, and how far from them something is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.kept import Kept
from acd_monai.networks.weights import Provenance, sha256_of_tensors

__all__ = ["ReferenceBank", "References", "nearest_distance"]

Features = TypeVar("Features")

_SMALLEST_DISTANCE = 1e-6
"""Identical parts must not make a harmonic mean divide by zero."""


class References(NamedTuple):
    """Normal images of one noun to compare with.

    Attributes:
        images: ``(k, 3, H, W)``, normalised, of the size at which the network is run.
        notes: what is said of their origin, as of weights; empty: nothing is known.
    """

    images: Tensor
    notes: Mapping[str, Any]


class ReferenceBank(nn.Module, Generic[Features]):
    """The references of a network; they move with it, and their features are computed once.

    Args:
        references: of each of the detector's nouns in order, one for all nouns, or none.

    Raises:
        ConfigError: a noun without an image.
    """

    def __init__(self, references: Sequence[References]) -> None:
        super().__init__()
        for number, (images, _) in enumerate(references):
            if images.ndim != 4 or images.shape[1] != 3 or not len(images):
                raise ConfigError(f"references have shape {tuple(images.shape)}; wanted (k, 3, H, W) with k at least 1")
            self.register_buffer(f"images_{number}", images, persistent=False)
        self.nouns = len(references)
        self.shots = sum(len(images) for images, _ in references)
        # The origin is known when it is of all: who reads them notes the same of each.
        same = self.nouns > 0 and all(notes == references[0].notes for _, notes in references)
        self.notes: dict[str, Any] = dict(references[0].notes) if same else {}
        self._kept: Kept[Features] = Kept()

    @property
    def provenance(self) -> Provenance:
        """Their number, and the hash of their pixels."""
        source = f"training-free, normal references: {self.shots}"
        return Provenance(source, sha256_of_tensors(dict(self.named_buffers())), trained=True)

    @torch.no_grad()
    def features(self, noun: int, encode: Callable[[Tensor], Features], weights: Iterable[Tensor]) -> Features:
        """Return ``encode(images)`` of a noun's references ``(k, 3, H, W)``, kept until a weight changes."""
        images = self.get_buffer(f"images_{noun}")
        return self._kept.get(noun, [*self.buffers(), *weights], lambda: encode(images))


def nearest_distance(features: Tensor, references: Tensor) -> Tensor:
    """Half the cosine distance to the nearest reference, in (0, 1]: unit ``(B, n, D)``, ``(m, D)`` → ``(B, n)``."""
    nearest = (features @ references.mT).amax(dim=-1)
    return ((1 - nearest) / 2).clamp(min=_SMALLEST_DISTANCE)
