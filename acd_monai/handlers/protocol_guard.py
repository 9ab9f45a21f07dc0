"""Keeps an evaluation honest: a model is not tested on images it was trained on, unless that is said."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from acd_monai.data import TrainingRecord, content_digests
from acd_monai.data.walk import walk_files
from acd_monai.errors import InputError, ProtocolError
from acd_monai.networks import AnomalyDetector
from acd_monai.networks.weights import Provenance

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
        trained_on: a folder or several with images that the weights are trained on beside those of their record; in
            federated learning the site's own, as weights that are exchanged carry no record.
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
        trained_on: str | Sequence[str] | None = None,
        progress: bool = False,
    ) -> None:
        self.network = network
        self.images = [Path(image) for image in images]
        self.benchmark = benchmark
        self.allow_overlap = allow_overlap
        self.folders = [Path(folder) for folder in ([trained_on] if isinstance(trained_on, str) else trained_on or ())]
        self.progress = progress
        self.training: dict[str, Any] | None = None
        self.overlap: list[Path] = []
        self.warnings: list[str] = []
        self._checked: Provenance | None = None

    def check(self) -> None:
        """Compare; nothing when these weights were compared already.

        Raises:
            ProtocolError: images are shared, and that is not allowed.
            InputError: a folder with training images is empty or not there.
        """
        method = self.network.network
        if self._checked == method.provenance:
            return
        self.training, self.overlap, self.warnings = None, [], []
        record = TrainingRecord.from_notes(method.notes)
        if record is not None:
            self.training = record.summary()
            if f" on {self.benchmark}/" in record.epoch_rule:
                self._warn(
                    f"the epoch of the weights was chosen ({record.epoch_rule}): figures on that set flatter them"
                )
        elif not method.provenance.trained:
            self.training = {"datasets": []}
        self._compare(record)
        if method.provenance.trained and (record is None or not record.complete):
            what = "what it was trained on" if record is None else "all that it was trained on"
            self._warn(
                f"{method.provenance.source}: nothing says {what}; whether it has seen these images cannot be known"
            )
        self._checked = method.provenance

    def _compare(self, record: TrainingRecord | None) -> None:
        seen = self._in_folders | (frozenset() if record is None else record.files)
        self.overlap = [image for image, digest in self._digests.items() if digest in seen] if seen else []
        if not self.overlap:
            if record is not None and any(dataset.get("name") == self.benchmark for dataset in record.datasets):
                self._warn(f"the weights were trained on {record.names}, another copy or split of the set tested on")
            return
        few = ", ".join(image.name for image in self.overlap[:_MOST_NAMED])
        names = " and ".join([*([] if record is None else [record.names]), *(folder.name for folder in self.folders)])
        line = f"{len(self.overlap)} of {len(self.images)} images were trained on ({names}): {few} …"
        if not self.allow_overlap:
            raise ProtocolError(
                f"{line} Figures on them would flatter the model; evaluate on another set, or pass --allow-overlap, "
                "and the report says so"
            )
        self._warn(line)

    @cached_property
    def _digests(self) -> dict[Path, str]:
        return content_digests(self.images, progress=self.progress)

    @cached_property
    def _in_folders(self) -> frozenset[str]:
        files = [list(walk_files(folder)) for folder in self.folders]
        for folder, found in zip(self.folders, files, strict=True):
            if not found:
                raise InputError(f"trained_on is {folder}, which holds no files; wanted folders with training images")
        return frozenset(content_digests([file for found in files for file in found], progress=self.progress).values())

    def _warn(self, line: str) -> None:
        self.warnings.append(line)
        logger.warning(line)
