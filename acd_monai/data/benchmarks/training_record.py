"""What weights were trained on, kept with them, so that they are not tested on it by accident.

A file is known by its content: a copy under another name in another folder is the same file. The record travels in the
notes of an adapter file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from acd_monai import __version__
from acd_monai.errors import InputError, WeightsError

__all__ = ["NOTE", "TrainingRecord", "content_digests"]

NOTE = "training"
"""Key of the record in the notes of an adapter file."""

_UNKNOWN = "unknown"
"""Name of a data set that nobody recorded."""

_DIGEST_LENGTH = 16
"""Hexadecimal digits kept of each file's SHA-256: among a million files a chance meeting has odds of 1 in 10⁷."""


@dataclass(frozen=True)
class TrainingRecord:
    """What a set of weights was trained on.

    Attributes:
        datasets: of each set ``name``, ``split``, ``images`` and ``abnormal``, plain values.
        files: digests of the content of all images.
        split_sha256: over the digests in sorted order: two runs with the same one saw the same images.
        epoch_rule: how the epoch was chosen, ``"last"`` or ``"best pixel_auroc on mpdd/test"``.
        epoch: of these weights.
        seed: of the run.
        code_version: of this package.
    """

    datasets: tuple[Mapping[str, Any], ...]
    files: frozenset[str]
    split_sha256: str
    epoch_rule: str
    epoch: int
    seed: int
    code_version: str = __version__

    @classmethod
    def of(
        cls,
        datasets: Sequence[Mapping[str, Any]],
        images: Iterable[Path],
        *,
        epoch_rule: str,
        epoch: int,
        seed: int,
        progress: bool = False,
    ) -> TrainingRecord:
        """Make the record of a run; every image is read once.

        Raises:
            InputError: an image cannot be read.
        """
        files = frozenset(content_digests(list(images), progress=progress).values())
        return cls(tuple(datasets), files, _split_hash(files), epoch_rule, epoch, seed)

    def after(self, earlier: TrainingRecord) -> TrainingRecord:
        """Return the record of weights that had been trained on something else before."""
        files = self.files | earlier.files
        datasets = (*earlier.datasets, *self.datasets)
        return replace(self, datasets=datasets, files=files, split_sha256=_split_hash(files))

    def after_unknown(self, source: str) -> TrainingRecord:
        """Return the record of weights that had been trained before, nobody knows on what.

        Args:
            source: of those weights, in words.
        """
        return replace(self, datasets=({"name": _UNKNOWN, "weights": source}, *self.datasets))

    @property
    def complete(self) -> bool:
        """Whether it holds all that the weights were trained on."""
        return all(dataset.get("name") != _UNKNOWN for dataset in self.datasets)

    @property
    def names(self) -> str:
        """The known data sets in words."""
        known = [dataset for dataset in self.datasets if dataset.get("name") != _UNKNOWN]
        return " and ".join(f"{dataset.get('name')} ({dataset.get('split')})" for dataset in known)

    def to_notes(self) -> dict[str, Any]:
        """Return the record as plain values for :func:`acd_monai.networks.checkpoints.write_adapters`."""
        return {
            NOTE: {
                "datasets": [dict(dataset) for dataset in self.datasets],
                "files": "".join(sorted(self.files)),
                "split_sha256": self.split_sha256,
                "epoch_rule": self.epoch_rule,
                "epoch": self.epoch,
                "seed": self.seed,
                "code_version": self.code_version,
            }
        }

    @classmethod
    def from_notes(cls, notes: Mapping[str, Any]) -> TrainingRecord | None:
        """Read the record back; None when the weights carry none, as the authors' do not.

        Raises:
            WeightsError: it is damaged.
        """
        note = notes.get(NOTE)
        if note is None:
            return None
        try:
            joined = note["files"]
            files = frozenset(joined[k : k + _DIGEST_LENGTH] for k in range(0, len(joined), _DIGEST_LENGTH))
            rest = {name: note[name] for name in ("split_sha256", "epoch_rule", "epoch", "seed", "code_version")}
            return cls(tuple(dict(dataset) for dataset in note["datasets"]), files, **rest)
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"the weights' training record is damaged ({error}); export them again") from error

    def summary(self) -> dict[str, Any]:
        """Return the record without the files, for reports."""
        note = self.to_notes()[NOTE]
        counted = {"images": len(self.files), "complete": self.complete}
        return {name: value for name, value in note.items() if name != "files"} | counted


def _split_hash(files: Iterable[str]) -> str:
    return hashlib.sha256("".join(sorted(files)).encode()).hexdigest()


def content_digests(files: Sequence[Path], *, progress: bool = False) -> dict[Path, str]:
    """Return a digest of each file's content.

    Args:
        files: read once each, by a few threads.
        progress: show a bar, on terminals only.

    Raises:
        InputError: one cannot be read.
    """
    with ThreadPoolExecutor(4, "digest") as readers:
        digests = readers.map(_digest, files)
        bar = tqdm(digests, "comparing files", len(files), leave=False, unit="file", disable=None if progress else True)
        return dict(zip(files, bar, strict=True))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGEST_LENGTH]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}). Check the path.") from error
