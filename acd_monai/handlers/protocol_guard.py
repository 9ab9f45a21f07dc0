"""Keeps an evaluation honest: a model is not tested on images it was trained on, unless that is said."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acd_monai.data import TrainingRecord, content_digests
from acd_monai.errors import ProtocolError
from acd_monai.networks import AnomalyDetector

__all__ = ["ProtocolGuard"]

logger = logging.getLogger(__name__)

_MOST_NAMED = 3


class ProtocolGuard:
    """Compares the images to be tested on with those the weights were trained on, by content.

    Args:
        network: the detector; its weights carry the record of their training, or not.
        images: paths of the images to be tested on.
        benchmark: name of the data set.
        allow_overlap: go on in spite of shared images; the report is marked then.
        progress: show a bar, on terminals only.

    Attributes:
        training: what the weights were trained on, for the report; None when nobody knows.
        overlap: the shared images.
        warnings: lines for the report.
    """

    def __init__(
        self,
        network: AnomalyDetector,
        images: Sequence[str],
        *,
        benchmark: str,
        allow_overlap: bool = False,
        progress: bool = False,
    ) -> None:
        self.network = network
        self.images = [Path(image) for image in images]
        self.benchmark = benchmark
        self.allow_overlap = allow_overlap
        self.progress = progress
        self.training: dict[str, Any] | None = None
        self.overlap: list[Path] = []
        self.warnings: list[str] = []

    def check(self) -> None:
        """Compare.

        Raises:
            ProtocolError: images are shared, and that is not allowed.
        """
        method = self.network.network
        record = TrainingRecord.from_notes(method.notes)
        self.training, self.overlap, self.warnings = None, [], []
        if record is not None:
            self.training = record.summary()
            self._compare(record)
            if f" on {self.benchmark}/" in record.epoch_rule:
                self._warn(
                    f"the epoch of the weights was chosen ({record.epoch_rule}): figures on that set flatter them"
                )
            if record.unrecorded:
                self._warn(
                    f"training began with {' and '.join(record.unrecorded)}, without a record: whether these images "
                    "were seen then cannot be known"
                )
        elif method.provenance.trained:
            self._warn(
                f"{method.provenance.source} does not say what it was trained on: whether it has seen these images "
                "cannot be known"
            )
        else:
            self.training = {"datasets": []}

    def _compare(self, record: TrainingRecord) -> None:
        digests = content_digests(self.images, progress=self.progress)
        self.overlap = [image for image, digest in digests.items() if digest in record.files]
        names = " and ".join(f"{dataset.get('name')} ({dataset.get('split')})" for dataset in record.datasets)
        if not self.overlap:
            if any(dataset.get("name") == self.benchmark for dataset in record.datasets):
                self._warn(f"the weights were trained on {names}, another copy or split of the set tested on")
            return
        few = ", ".join(image.name for image in self.overlap[:_MOST_NAMED])
        line = f"{len(self.overlap)} of {len(self.images)} images were trained on ({names}): {few} …"
        if not self.allow_overlap:
            raise ProtocolError(
                f"{line} Figures on them would flatter the model; evaluate on another set, or pass --allow-overlap, "
                "and the report says so"
            )
        self._warn(line)

    def _warn(self, line: str) -> None:
        self.warnings.append(line)
        logger.warning(line)
