"""The figures of a benchmark as an ignite metric: gathered while images are scored, class after class."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from ignite.metrics import Metric

from acd_monai.engines import ScoredImage
from acd_monai.errors import ConfigError
from acd_monai.handlers.class_figures import ClassFigures, ClassScores, Draws
from acd_monai.handlers.example_keeper import ExampleKeeper
from acd_monai.metrics import PIXEL_MODES, PixelScores, gather_pixel_scores, mean_resamples
from acd_monai.reports.evaluation import FIGURES, ClassResult, Example, Figure

__all__ = ["BenchmarkFigures"]


class BenchmarkFigures(Metric):
    """Figures for :class:`~acd_monai.engines.BenchmarkEvaluator`; images must come class by class, in order.

    The value ignite sees is the mean over classes of one figure, by default the pixel AUROC, or the image AUROC where
    no class has masks. Everything else is in the attributes once the run is over. Under torchrun every process holds
    the figures over all images.

    Args:
        classes: names, in the order in which they come.
        nouns: of the classes, for the report.
        threshold: in [0, 1], for Dice and IoU.
        pixel_metrics: ``"streaming"`` (constant memory, with an error bound) or ``"exact"`` (all pixels kept).
        draws: of the bootstrap over cases; 0: no intervals.
        seed: of the bootstrap.
        examples: kept of each kind.
        key_figure: a name of :data:`~acd_monai.reports.evaluation.FIGURES`.
        class_scores: the method's image scores from those of all images of a class, see
            :meth:`acd_monai.networks.AnomalyNetwork.class_scores`; None: each image's own.
        device: that of the maps; the pixel figures are gathered there.

    Attributes:
        classes: one result a class.
        mean: over the classes in which a figure is defined.
        examples: images to look at.
    """

    def __init__(
        self,
        classes: Sequence[str],
        nouns: Sequence[str],
        *,
        threshold: float = 0.5,
        pixel_metrics: str = "streaming",
        draws: int = 1000,
        seed: int = 0,
        examples: int = 4,
        key_figure: str = "pixel_auroc",
        class_scores: ClassScores | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        if key_figure not in FIGURES:
            raise ConfigError(f"key_figure is {key_figure!r}; wanted one of {', '.join(FIGURES)}")
        if pixel_metrics not in PIXEL_MODES:
            raise ConfigError(f"pixel_metrics is {pixel_metrics!r}; wanted one of {', '.join(PIXEL_MODES)}")
        if draws < 0:
            raise ConfigError(f"bootstrap is {draws} draws; wanted 0 (no intervals) or more, usually 1000")
        if seed < 0:
            raise ConfigError(f"seed is {seed}; wanted 0 or more")
        self.class_names = tuple(classes)
        self.nouns = tuple(nouns)
        self.threshold = threshold
        self.pixel_metrics = pixel_metrics
        self.draws = draws
        self.seed = seed
        self.example_count = examples
        self.key_figure = key_figure
        self.class_scores = class_scores
        self.pixels: PixelScores | None = None
        # Otherwise ignite takes the empty output of a batch that could not be read for pairs of numbers.
        super().__init__(device=device, skip_unrolling=True)

    def reset(self) -> None:
        """Begin anew."""
        self.classes: list[ClassResult] = []
        self.mean: dict[str, Figure] = {}
        self.examples: list[Example] = []
        self._draws: list[Draws] = []
        self._current: ClassFigures | None = None
        self._keeper = ExampleKeeper(self.example_count)

    def update(self, output: Sequence[ScoredImage]) -> None:
        """Take in the images of one iteration.

        Raises:
            ConfigError: an image of a class that is finished already.
        """
        for scored in output:
            name = scored.item["class_name"]
            number = self.class_names.index(name)
            if number < len(self.classes):
                raise ConfigError(f"an image of class {name} comes after those of a later class; sort them by class")
            self._begin(number).add(scored)
            self._keeper.add(scored)

    def compute(self) -> float:
        """Finish all classes and return the key figure, NaN where it is undefined; every process must call."""
        while len(self.classes) < len(self.class_names):
            self._finish(self._begin(len(self.classes)))
        self.pixels = None
        self.examples = self._keeper.gather()
        self.mean = {name: self._mean(name) for name in FIGURES if any(name in one.figures for one in self.classes)}
        value = self.mean.get(self.key_figure, Figure(math.nan)).value
        if math.isnan(value) and self.key_figure.startswith("pixel"):
            value = self.mean.get(self.key_figure.replace("pixel", "image"), Figure(math.nan)).value
        return value

    def _begin(self, number: int) -> ClassFigures:
        """Return what gathers a class; the classes before it are finished.

        Finishing sums over processes, so every process finishes every class in the same order, also those of which it
        saw no image.
        """
        while len(self.classes) < number:
            self._finish(self._begin(len(self.classes)))
        if self._current is None:
            if self.pixels is None:
                self.pixels = gather_pixel_scores(self.pixel_metrics, self._device)
            self._current = ClassFigures(
                self.class_names[number],
                self.nouns[number],
                self.pixels,
                threshold=self.threshold,
                draws=self.draws,
                seed=self.seed + number,
                class_scores=self.class_scores,
            )
        return self._current

    def _finish(self, gathered: ClassFigures) -> None:
        result, draws = gathered.finish()
        self.classes.append(result)
        self._draws.append(draws)
        self._current = None

    def _mean(self, name: str) -> Figure:
        figures = [one.figures.get(name, Figure(math.nan)) for one in self.classes]
        defined = [figure for figure in figures if not math.isnan(figure.value)]
        if not defined:
            return Figure(math.nan)
        value = sum(figure.value for figure in defined) / len(defined)
        resampled = [draws[name] for draws in self._draws if name in draws]
        known = len(resampled) >= len(defined) and not any(math.isnan(figure.low) for figure in defined)
        low, high = mean_resamples(resampled).interval if known else (math.nan, math.nan)
        return Figure(value, low, high, error_bound=max(figure.error_bound for figure in defined))
