"""Scores a volume slice by slice, in batches, and puts the maps together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import torch
from monai.data import MetaTensor
from monai.inferers import Inferer
from scipy.ndimage import gaussian_filter1d
from torch import Tensor
from tqdm import tqdm

from acd_monai.errors import ConfigError
from acd_monai.inferers.fit import Fit, plan_fit, plan_volume_fit
from acd_monai.inferers.kept_squares import KeptSquares
from acd_monai.networks import AnomalyDetector, Prediction
from acd_monai.networks.precision import PRECISIONS, autocast

__all__ = ["ScoredSlices", "SliceAnomalyInferer", "VolumePrediction"]


class VolumePrediction(NamedTuple):
    """A scored batch of volumes.

    Attributes:
        anomaly_map: ``(B, 1, rows, columns, slices)`` in [0, 1]; 0 in slices that were not scored.
        slice_scores: ``(B, slices)`` in [0, 1]; NaN where a slice was not scored.
    """

    anomaly_map: Tensor
    slice_scores: Tensor


class ScoredSlices(NamedTuple):
    """Some slices of one volume, scored.

    Attributes:
        volume: number of the volume, from 0.
        slices: ``(n,)`` their numbers in it.
        fit: where they lie in the network's square.
        prediction: scores and maps at the network's size, on its device.
    """

    volume: int
    slices: Tensor
    fit: Fit
    prediction: Prediction


class SliceAnomalyInferer(Inferer):
    """Runs an :class:`~acd_monai.networks.AnomalyDetector` over the last axis of volumes.

    The volume stays where it is (usually in main memory); batches of slices travel to the network's device.

    Args:
        batch_size: slices per batch.
        fit: ``"pad"`` or ``"squash"``, see ``inferers/fit.py``.
        foreground_level: intensity in [0, 1] above which a pixel is foreground.
        min_foreground: a slice of a volume with a smaller share of foreground pixels is not scored.
        slice_sigma: sigma, in slices, of a Gaussian over the maps across slices; 0 is off.
        precision: ``"fp32"``, or ``"bf16"`` / ``"fp16"`` by autocast.
        progress: show a bar, on terminals only.
        squares: where several runs on the same images share resized slices; None: every run resizes.

    Raises:
        ConfigError: a value out of its range.
    """

    def __init__(
        self,
        batch_size: int = 8,
        *,
        fit: str = "pad",
        foreground_level: float = 0.05,
        min_foreground: float = 0.01,
        slice_sigma: float = 0.0,
        precision: str = "fp32",
        progress: bool = False,
        squares: KeptSquares | None = None,
    ) -> None:
        if batch_size < 1:
            raise ConfigError(f"batch_size is {batch_size}; wanted 1 or more")
        if precision not in PRECISIONS:
            raise ConfigError(f"precision is {precision!r}; wanted one of {', '.join(PRECISIONS)}")
        if slice_sigma < 0:
            raise ConfigError(f"slice_sigma is {slice_sigma}; wanted 0 (off) or more slices")
        plan_fit(fit, (1, 1), (1.0, 1.0), 1)
        self.batch_size = batch_size
        self.fit = fit
        self.foreground_level = foreground_level
        self.min_foreground = min_foreground
        self.slice_sigma = slice_sigma
        self.precision = precision
        self.progress = progress
        self.squares = squares

    def settings(self) -> dict[str, Any]:
        """Return what changes a map: not the batch size, nor how progress is shown."""
        names = ("fit", "foreground_level", "min_foreground", "slice_sigma", "precision")
        return {name: getattr(self, name) for name in names}

    def __call__(self, inputs: Tensor, network: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Return the maps alone, ``(B, 1, rows, columns, slices)``, of volumes ``(B, C, rows, columns, slices)``."""
        return self.predict(inputs, network).anomaly_map

    @torch.no_grad()
    def predict(self, inputs: Tensor, network: AnomalyDetector) -> VolumePrediction:
        """Return maps and slice scores of volumes.

        Args:
            inputs: ``(B, C, rows, columns, slices)`` in [0, 1], C 1 (grey) or 3 (RGB); a ``MetaTensor`` brings its
                pixel size for ``fit="pad"``.
            network: the detector.

        Raises:
            ConfigError: another number of axes or channels.
        """
        if inputs.ndim != 5 or inputs.shape[1] not in (1, 3):
            raise ConfigError(
                f"the inferer got a tensor of shape {tuple(inputs.shape)}; "
                f"wanted (B, C, rows, columns, slices) with C 1 or 3"
            )
        volumes = inputs.as_tensor() if isinstance(inputs, MetaTensor) else inputs
        anomaly_map = torch.zeros(len(volumes), 1, *volumes.shape[2:])
        scores = torch.full((len(volumes), volumes.shape[-1]), float("nan"))
        for volume, slices, fit, prediction in self.score_slices(_each(inputs), network):
            anomaly_map[volume, ..., slices] = fit.invert(prediction.anomaly_map).cpu().movedim(0, -1)
            scores[volume, slices] = prediction.score.cpu()
        if self.slice_sigma > 0 and anomaly_map.shape[-1] > 1:
            gaussian_filter1d(
                anomaly_map.numpy(), self.slice_sigma, axis=-1, mode="nearest", output=anomaly_map.numpy()
            )
            anomaly_map *= scores.isfinite()[:, None, None, None]
        anomaly_map = anomaly_map.to(inputs.device)
        if isinstance(inputs, MetaTensor):  # so that MONAI's Invertd can bring the map back
            anomaly_map = MetaTensor(anomaly_map).copy_meta_from(inputs)
        return VolumePrediction(anomaly_map, scores)

    @torch.no_grad()
    def score_slices(
        self,
        volumes: Sequence[Tensor],
        network: AnomalyDetector,
        noun_index: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
    ) -> Iterator[ScoredSlices]:
        """Score the slices of volumes in batches that may span several of them, with progress.

        Args:
            volumes: each ``(C, rows, columns, slices)`` in [0, 1], of any size; a ``MetaTensor`` brings its pixel size.
            network: the detector.
            noun_index: which of the detector's nouns each volume shows; may be left out when there is one.
            names: of the volumes, each its own in the data set, for ``squares``; None: nothing is shared.

        Yields:
            Slices with foreground, in order.
        """
        fits = [plan_volume_fit(self.fit, volume, network.image_size) for volume in volumes]
        plain = [volume.as_tensor() if isinstance(volume, MetaTensor) else volume for volume in volumes]
        chosen = [(n, int(k)) for n, volume in enumerate(plain) for k in self._slices_with_foreground(volume)]
        device = next(network.parameters()).device
        # A bar for a volume; the batches of a set of pictures have the run's own.
        off = None if self.progress and len(volumes) == 1 else True
        with tqdm(total=len(chosen), unit="slice", leave=False, disable=off) as bar:
            for start in range(0, len(chosen), self.batch_size):
                batch = chosen[start : start + self.batch_size]
                squares, parts = [], []
                for volume, group in groupby(batch, key=lambda place: place[0]):
                    slices = torch.tensor([k for _, k in group])
                    pixels = plain[volume][..., slices].movedim(-1, 0).to(device, torch.float32)
                    if self.squares is None or names is None:
                        square = fits[volume].apply(pixels)
                    else:
                        square = self.squares.apply(fits[volume], pixels, names[volume], slices.tolist())
                    squares.append(square.expand(-1, 3, -1, -1))
                    parts.append((volume, slices))
                counts = [len(slices) for _, slices in parts]
                nouns = None if noun_index is None else torch.tensor([noun_index[volume] for volume, _ in batch])
                prediction = self.score(torch.cat(squares), network, nouns)
                scores, maps = prediction.score.split(counts), prediction.anomaly_map.split(counts)
                for (volume, slices), score, anomaly_map in zip(parts, scores, maps, strict=True):
                    yield ScoredSlices(volume, slices, fits[volume], Prediction(score, anomaly_map))
                bar.update(len(batch))

    @torch.no_grad()
    def score(self, squares: Tensor, network: AnomalyDetector, noun_index: Tensor | None = None) -> Prediction:
        """Score one batch at the size and on the device of the network, in the precision chosen.

        Args:
            squares: ``(N, C, size, size)`` in [0, 1], C 1 or 3.
            network: the detector.
            noun_index: ``(N,)`` which of the detector's nouns each shows; may be left out when there is one.

        Returns:
            Scores and maps, float32, still on the device.
        """
        with autocast(self.precision, squares.device):
            prediction = network.predict(squares.expand(-1, 3, -1, -1), noun_index)
        return Prediction(prediction.score.float(), prediction.anomaly_map.float())

    def _slices_with_foreground(self, volume: Tensor) -> Tensor:
        """Slice numbers of ``(C, rows, columns, slices)`` worth scoring; a picture always is."""
        count = volume.shape[-1]
        if count == 1:
            return torch.arange(1)
        bright = (volume.amax(dim=0) > self.foreground_level).flatten(0, 1)
        share = bright.sum(dim=0) / bright.shape[0]
        return torch.arange(count)[share.cpu() >= self.min_foreground]


def _each(inputs: Tensor) -> list[Tensor]:
    """Take a batch apart; every volume keeps its own affine."""
    if not isinstance(inputs, MetaTensor):
        return list(inputs)
    affines = inputs.affine.reshape(-1, 4, 4).expand(len(inputs), 4, 4)
    return [MetaTensor(volume, affine=affine) for volume, affine in zip(inputs.as_tensor(), affines, strict=True)]
