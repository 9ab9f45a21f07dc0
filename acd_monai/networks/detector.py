"""A method with its nouns, as MONAI wants a network: image in, anomaly map out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.networks.kept import Kept
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction
from acd_monai.networks.shipped import DEMONSTRATION, SHIPPED_TAG

__all__ = ["UNTRAINED", "AnomalyDetector"]

UNTRAINED = "UNTRAINED MODEL: these maps mean nothing, they only show that the software runs"

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class AnomalyDetector(nn.Module):
    """Finds what looks wrong in an image of a named thing.

    Args:
        network: the method.
        nouns: what the images show, free text: one noun for all images, or several to choose from by index.
        prompts: turns a noun into its normal and abnormal sentences.

    Raises:
        ConfigError: no noun, a blank one, or one too long for CLIP.

    Example:
        >>> from acd_monai.data import PromptEnsemble
        >>> from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone
        >>> backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
        >>> prompts = PromptEnsemble(["{}"], ["a damaged {}"], ["a photo of {}."])
        >>> detector = AnomalyDetector(ACDCLIP(backbone), "scan", prompts).eval()
        >>> detector(torch.rand(1, 3, 224, 224)).shape
        torch.Size([1, 1, 224, 224])
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        network: AnomalyNetwork,
        nouns: str | Sequence[str],
        prompts: Callable[[str], tuple[Sequence[str], Sequence[str]]],
    ) -> None:
        super().__init__()
        self.network = network
        self.nouns = (nouns,) if isinstance(nouns, str) else tuple(str(noun) for noun in nouns)
        if not self.nouns:
            raise ConfigError("no noun given; wanted what the images show, for example 'scan'")
        self.sentences = [prompts(noun) for noun in self.nouns]
        for normal, abnormal in self.sentences:
            network.backbone.tokenize([*normal, *abnormal])  # so that a noun that is too long is known at once
        self.register_buffer("mean", torch.tensor(CLIP_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(CLIP_STD).view(1, 3, 1, 1), persistent=False)
        self._text: Kept[Tensor] = Kept()

    @property
    def image_size(self) -> int:
        """Pixels per side at which the method is run."""
        return self.network.backbone.image_size

    @property
    def trained(self) -> bool:
        """False when the backbone or the method has no trained weights: then the maps mean nothing."""
        return self.network.backbone.provenance.trained and self.network.provenance.trained

    @property
    def caution(self) -> str | None:
        """What every output must say about the weights; None where nothing is known against them."""
        if not self.trained:
            return UNTRAINED
        return DEMONSTRATION if self.network.backbone.provenance.source == SHIPPED_TAG else None

    def describe(self) -> dict[str, Any]:
        """Return what made an output, as plain values for its summary."""
        backbone = self.network.backbone
        return {
            "method": type(self.network).__name__,
            "settings": self.network.settings(),
            "weights": self.network.provenance._asdict(),
            "backbone": backbone.name,
            "backbone_weights": backbone.provenance._asdict(),
            "image_size": backbone.image_size,
            "nouns": list(self.nouns),
            "trained": self.trained,
            "caution": self.caution,
        }

    def forward(self, image: Tensor) -> Tensor:
        """Return the anomaly map ``(B, 1, H, W)`` in [0, 1] of RGB images ``(B, 3, H, W)`` in [0, 1].

        H and W are multiples of the backbone's patch size. With several nouns use :meth:`predict`.
        """
        return self.predict(image).anomaly_map

    def predict(self, image: Tensor, noun_index: Tensor | None = None) -> Prediction:
        """Return score and map of RGB images ``(B, 3, H, W)`` in [0, 1].

        Args:
            image: the images.
            noun_index: ``(B,)`` which of the nouns each image shows; may be left out when there is one.
        """
        noun_index = self._nouns_of(image, noun_index)
        return self.network.predict_nouns((image - self.mean) / self.std, self._text_of(noun_index), noun_index)

    def logits(self, image: Tensor, noun_index: Tensor | None = None) -> Logits:
        """Return the logits a loss is computed from; arguments as in :meth:`predict`."""
        return self.network((image - self.mean) / self.std, self._text_of(self._nouns_of(image, noun_index)))

    @torch.no_grad()
    def encode_nouns(self) -> Tensor:
        """Return the text features of all nouns ``(nouns, …)``, without gradients, kept until a weight changes.

        A change that PyTorch does not count, by writing to ``weight.data``, is not seen: call :meth:`forget_text`.
        """
        return self._text.get(self.nouns, self.parameters(), lambda: self._encode(range(len(self.nouns))))

    def forget_text(self) -> None:
        """Encode the nouns anew the next time they are needed."""
        self._text.forget()
        self.network.backbone.forget_text()

    def _encode(self, nouns: Iterable[int]) -> Tensor:
        return torch.stack([self.network.encode_text(*self.sentences[noun]) for noun in nouns])

    def _nouns_of(self, image: Tensor, noun_index: Tensor | None) -> Tensor:
        """Return the index of each image's noun, ``(B,)``."""
        if noun_index is None:
            if len(self.nouns) > 1:
                raise ConfigError(f"the detector knows {len(self.nouns)} nouns; say which one each image shows")
            noun_index = torch.zeros(len(image), dtype=torch.long)
        if noun_index.shape != (len(image),) or not ((noun_index >= 0) & (noun_index < len(self.nouns))).all():
            raise ConfigError(
                f"noun_index is {noun_index.tolist()}; wanted {len(image)} numbers from 0 to {len(self.nouns) - 1}"
            )
        return noun_index.to(image.device)

    def _text_of(self, noun_index: Tensor) -> Tensor:
        """Return the text features of each image's noun, ``(B, …)``; for gradients, only nouns shown are encoded."""
        if not torch.is_grad_enabled():
            return self.encode_nouns()[noun_index]
        shown, place = noun_index.unique(return_inverse=True)
        return self._encode(shown.tolist())[place]
