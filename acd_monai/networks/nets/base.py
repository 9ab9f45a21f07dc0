"""What every anomaly network is: text in once, images in, logits for training or a prediction for use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn

from acd_monai import __version__
from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.official import OfficialFormat
from acd_monai.networks.weights import Provenance, sha256_of_tensors

__all__ = [
    "NOTHING_SEEN",
    "TRAINING_FREE",
    "AnomalyNetwork",
    "Logits",
    "Prediction",
    "check_trainable",
    "refuse_weights",
    "watch_weights",
]

HANDED_OVER = "weights handed over while running"
"""Source of adapters that came as a state dict and not from a file, as a federated round's do."""

TRAINING_FREE = Provenance("training-free", sha256_of_tensors({}), trained=True)
"""Provenance of a method that adds no weights to CLIP."""

NOTHING_SEEN: Mapping[str, Any] = {
    "training": {
        "datasets": [],
        "files": "",
        "split_sha256": "",
        "epoch_rule": "none",
        "epoch": 0,
        "seed": 0,
        "code_version": __version__,
    }
}
"""Notes of a method that adds no weights to CLIP: it may be tested on any image."""


class Logits(NamedTuple):
    """For training.

    Attributes:
        image: ``(B, 2)``, normal then abnormal.
        pixel: ``(levels, B, 2, h, w)`` on the patch grid, normal then abnormal.
    """

    image: Tensor
    pixel: Tensor


class Prediction(NamedTuple):
    """For use; higher is more anomalous.

    Attributes:
        score: ``(B,)`` in [0, 1].
        anomaly_map: ``(B, 1, H, W)`` in [0, 1], on the pixels of the image given.
    """

    score: Tensor
    anomaly_map: Tensor


class AnomalyNetwork(nn.Module, ABC):
    """A method: a frozen backbone and what it adds to it.

    Attributes:
        official: the authors' checkpoint; None: there is none, or one that needs more than that to be read.
        backbone: the frozen CLIP.
        provenance: where the method's own weights came from.
        notes: what their file says of its origin, plain values; empty without a file.
    """

    official: ClassVar[OfficialFormat | None] = None
    backbone: ClipBackbone
    provenance: Provenance
    notes: Mapping[str, Any]
    _digest: str

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Plain values that, with the backbone and the weights, say what was run."""

    def adapters(self) -> nn.Module:
        """The trainable part, under the names of its file; empty for a method that trains nothing."""
        return nn.ModuleDict()

    @abstractmethod
    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Turn the sentences for one noun into this method's text features; stackable over nouns."""

    @abstractmethod
    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of normalised images ``(B, 3, H, W)`` against text features, one per image ``(B, …)``."""

    @abstractmethod
    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map of normalised images ``(B, 3, H, W)`` against text features, one per image ``(B, …)``."""

    def predict_nouns(self, image: Tensor, text: Tensor, noun_index: Tensor) -> Prediction:
        """As :meth:`predict`, told which noun each image shows ``(B,)``: for what a method knows beside its text."""
        return self.predict(image, text)

    def class_scores(self, scores: Tensor, peaks: Tensor) -> Tensor:
        """Return the authors' image scores of all test images of a class, where they need all of them.

        Args:
            scores: ``(N,)`` of each image by itself, as :meth:`predict` gives them.
            peaks: ``(N,)`` maxima of their maps.

        Returns:
            ``(N,)`` in [0, 1]; here the images' own scores.
        """
        return scores


def check_trainable(network: AnomalyNetwork) -> None:
    """Raise ConfigError when a method has nothing to train."""
    if not any(parameter.requires_grad for parameter in network.adapters().parameters()):
        raise ConfigError(
            f"{type(network).__name__} has nothing to train: infer and evaluate take it as it is; wanted a method that "
            "trains, for example acd_clip"
        )


def watch_weights(network: AnomalyNetwork) -> None:
    """Let a network that is ready notice when a state dict brings it, or what holds it, other adapters.

    It does not claim then to be what it was. To be called at the end of ``__init__`` by a method that trains.
    """
    network._digest = sha256_of_tensors(network.adapters().state_dict())
    network.register_load_state_dict_post_hook(_note_other_weights)


def _note_other_weights(network: AnomalyNetwork, _: object) -> None:
    digest = sha256_of_tensors(network.adapters().state_dict())
    if digest != network._digest:
        network._digest, network.notes = digest, {}
        network.provenance = Provenance(HANDED_OVER, digest, trained=True)


def refuse_weights(weights: str | Path | None, method: str) -> None:
    """Raise ConfigError when a method that has no weights of its own is given some, lest they be thought to be used."""
    if weights is not None:
        raise ConfigError(f"weights are {str(weights)!r}, and {method} has none; leave them out")
