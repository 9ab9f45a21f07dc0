"""The figures as MONAI metrics, for ``IgniteMetricHandler`` and ``key_metric``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from monai.metrics import CumulativeIterationMetric, Metric
from torch import Tensor

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, check_limit
from acd_monai.metrics.exact_scores import gather_pixel_scores
from acd_monai.metrics.overlap import OverlapFigures, count_overlap, overlap_figures
from acd_monai.metrics.pixel_figures import PixelScores
from acd_monai.metrics.ranking import rank_figures

__all__ = [
    "ImageAUROC",
    "ImageAveragePrecision",
    "ImageF1Max",
    "OverlapAtThreshold",
    "PixelAUPRO",
    "PixelAUROC",
    "PixelAveragePrecision",
    "PixelF1Max",
]


class _ImageMetric(CumulativeIterationMetric):
    """A figure of image scores: ``y_pred`` and ``y`` are ``(B,)``, ``(B, 1)`` or lists of single values."""

    figure: ClassVar[str]

    def _compute_tensor(self, y_pred: Tensor, y: Tensor | None = None, **_: Any) -> list[Tensor]:
        if y is None or y_pred.numel() != len(y_pred) or y.numel() != len(y_pred):
            got = None if y is None else tuple(y.shape)
            raise AcdMonaiError(
                f"image scores of shape {tuple(y_pred.shape)} and labels of shape {got}; expected one of each an image."
            )
        return [y_pred.flatten().float(), y.flatten().float()]

    def aggregate(self) -> float:
        """Return the figure over all images of all processes; NaN with one class only."""
        buffers = self.get_buffer()
        return float("nan") if buffers is None else getattr(rank_figures(*buffers), self.figure)


class ImageAUROC(_ImageMetric):
    """AUROC of image scores."""

    figure = "auroc"


class ImageAveragePrecision(_ImageMetric):
    """Average precision of image scores."""

    figure = "average_precision"


class ImageF1Max(_ImageMetric):
    """Best F1 of image scores over all thresholds."""

    figure = "f1_max"


class _PixelMetric(Metric):
    """A figure of all pixels: ``y_pred`` and ``y`` are ``(B, 1, H, W)`` or lists of ``(1, H, W)``, volumes alike.

    Args:
        of: Another pixel metric that sees the same maps, whose scores are used: together they need the time and the
            memory of one.
        mode: ``streaming`` (constant memory) or ``exact``; not to be given along with ``of``.
        device: Where scores are kept.
        limit: AUPRO's highest false-positive rate.

    Raises:
        ConfigError: The mode is unknown, or the limit out of range.
    """

    figure: ClassVar[str]

    def __init__(
        self,
        of: _PixelMetric | None = None,
        mode: str = "streaming",
        device: torch.device | str = "cpu",
        limit: float = FALSE_POSITIVE_LIMIT,
    ) -> None:
        check_limit(limit)
        self.limit = limit
        self._owner = of is None
        self.scores: PixelScores = gather_pixel_scores(mode, device) if of is None else of.scores

    def __call__(self, y_pred: Tensor | Sequence[Tensor], y: Tensor | Sequence[Tensor]) -> None:
        """Add maps and their masks."""
        if self._owner:
            if len(y_pred) != len(y):
                raise AcdMonaiError(f"{len(y_pred)} anomaly maps and {len(y)} masks; expected one mask a map.")
            for anomaly_map, mask in zip(y_pred, y, strict=True):
                self.scores.update(anomaly_map[0], mask[0])

    def aggregate(self) -> float:
        """Return the figure over all maps of all processes; NaN when undefined."""
        return getattr(self.scores.all_reduce().figures(self.limit), self.figure)

    def get_buffer(self) -> None:
        """Return None: there are no details an image."""

    def reset(self) -> None:
        """Forget all maps."""
        if self._owner:
            self.scores.reset()


class PixelAUROC(_PixelMetric):
    """AUROC of all pixels."""

    figure = "auroc"


class PixelAveragePrecision(_PixelMetric):
    """Average precision of all pixels."""

    figure = "average_precision"


class PixelF1Max(_PixelMetric):
    """Best F1 of all pixels over all thresholds."""

    figure = "f1_max"


class PixelAUPRO(_PixelMetric):
    """Area under the per-region overlap curve up to the false-positive limit."""

    figure = "aupro"


class OverlapAtThreshold(CumulativeIterationMetric):
    """Dice or IoU of all pixels at a threshold; ``y_pred`` and ``y`` as for the pixel metrics.

    Args:
        threshold: A pixel is abnormal when score >= threshold.
        figure: ``dice`` or ``iou``.

    Raises:
        ConfigError: The figure is neither.
    """

    def __init__(self, threshold: float, figure: str = "dice") -> None:
        super().__init__()
        if figure not in OverlapFigures._fields:
            raise ConfigError(f"overlap figure is {figure!r}; wanted one of {', '.join(OverlapFigures._fields)}.")
        self.threshold = threshold
        self.figure = figure

    def _compute_tensor(self, y_pred: Tensor, y: Tensor | None = None, **_: Any) -> Tensor:
        if y is None:
            raise AcdMonaiError("anomaly maps without masks; expected one mask a map.")
        return torch.stack([count_overlap(*pair, self.threshold) for pair in zip(y_pred, y, strict=True)])

    def aggregate(self) -> float:
        """Return the figure over all pixels of all processes; NaN where nothing is predicted nor labelled."""
        counts = self.get_buffer()
        return float("nan") if counts is None else getattr(overlap_figures(counts.sum(dim=0)), self.figure)
