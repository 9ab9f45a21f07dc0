"""The detector as training sees it: images and their nouns in, logits out."""

from __future__ import annotations

from torch import Tensor, nn

from acd_monai.networks.detector import AnomalyDetector
from acd_monai.networks.nets.base import Logits

__all__ = ["TrainingView"]


class TrainingView(nn.Module):
    """A module whose ``forward`` is the training step's, because DistributedDataParallel synchronises only ``forward``.

    It shares the detector's weights under the detector's names: a state dict of one fits the other.

    Args:
        detector: on its device already; moving the view afterwards would leave the detector's normalisation behind.
    """

    def __init__(self, detector: AnomalyDetector) -> None:
        super().__init__()
        self.network = detector.network
        self._logits = detector.logits  # a bound method, so that the detector is not registered a second time

    def forward(self, image: Tensor, noun_index: Tensor) -> Logits:
        """Return the logits a loss is computed from.

        Args:
            image: ``(B, 3, H, W)`` in [0, 1].
            noun_index: ``(B,)`` which of the detector's nouns each image shows.
        """
        return self._logits(image, noun_index)
