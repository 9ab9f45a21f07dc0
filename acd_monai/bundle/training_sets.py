"""The labelled images of a training run: data sets of the catalogue by name, alone or several together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acd_monai.bundle.prepare_dataset import load_benchmark
from acd_monai.data import ABNORMAL, Sample, check_masks, content_digests, sample_items
from acd_monai.errors import ConfigError

__all__ = ["LabelledSets", "read_training_sets", "read_validation_set"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LabelledSets:
    """Images of one or several data sets.

    Attributes:
        items: as :func:`~acd_monai.data.sample_items` gives them, ``noun_index`` counting in ``nouns``.
        nouns: of the detector, each once.
        datasets: plain values for :class:`~acd_monai.data.TrainingRecord`.
    """

    items: list[dict[str, Any]]
    nouns: list[str]
    datasets: list[dict[str, Any]]

    @property
    def images(self) -> list[str]:
        """Paths of the images."""
        return [item["image"] for item in self.items]

    @property
    def classes(self) -> list[str]:
        """Names of the classes in the order of the images."""
        return list(dict.fromkeys(item["class_name"] for item in self.items))

    @property
    def facts(self) -> list[list[Any]]:
        """What makes two sets the same: name, label and noun of every image."""
        return [[item["name"], item["label"], self.nouns[item["noun_index"]]] for item in self.items]


def read_training_sets(
    datasets: str | Sequence[str],
    dataset_dir: str | Sequence[str] | None,
    *,
    split: str = "test",
    manifest: str | None = None,
    noun: str,
    output_dir: str | None = None,
) -> LabelledSets:
    """Read the sets to train on, and make sure that there is something to learn.

    Args:
        datasets: names of the catalogue.
        dataset_dir: a root folder for each, or one for all; None: no images, so that a config without data can be
            parsed.
        split: the authors of ACD-CLIP train on test splits, as train splits have no abnormal images.
        manifest: a list of the images instead of the layout, for one data set.
        noun: for data sets without nouns of their own.
        output_dir: of the run; it must not lie in the data, whose pictures its own would join.

    Raises:
        ConfigError: an unknown data set, as many folders as fit no names, a class without a noun, or an output folder
            in the data.
        InputError: files are missing, nothing is abnormal, or abnormal images have no mask.
    """
    names = [datasets] if isinstance(datasets, str) else list(datasets)
    if dataset_dir is None:
        return LabelledSets([], [noun], [])
    roots = [dataset_dir] if isinstance(dataset_dir, str) else list(dataset_dir)
    roots = roots * len(names) if len(roots) == 1 else roots
    if not names or len(roots) != len(names) or (manifest is not None and len(names) > 1):
        raise ConfigError(
            f"{len(names)} data sets with {len(roots)} root folders and {'a' if manifest else 'no'} manifest; wanted "
            "one --data for all or one for each --dataset, and a manifest with one data set only"
        )
    for root in roots:
        _check_apart(root, output_dir)
    together = LabelledSets([], [], [])
    for name, root in zip(names, roots, strict=True):
        together = _with_set(together, name, root, split, manifest, noun, for_training=True)
    if all(item["label"] == ABNORMAL for item in together.items):
        logger.warning(
            "every image is abnormal: maps can be learned from %s, image scores cannot; add a set with normal images",
            " and ".join(names),
        )
    return together


def read_validation_set(
    name: str | None,
    dataset_dir: str | Sequence[str] | None,
    training: LabelledSets,
    *,
    split: str = "test",
    manifest: str | None = None,
    noun: str,
) -> LabelledSets:
    """Read the set that chooses the epoch.

    Args:
        name: of the catalogue; None: there is none.
        dataset_dir: its root folder; None: no images.
        training: the sets trained on; the nouns count on from theirs.
        split: of the set.
        manifest: a list of the images instead of the layout.
        noun: for a data set without nouns of its own.

    Raises:
        ConfigError: an unknown data set, a class without a noun, or images that are trained on.
        InputError: files are missing.
    """
    empty = LabelledSets([], training.nouns, [])
    if name is None or dataset_dir is None or not training.items:
        return empty
    roots = [dataset_dir] if isinstance(dataset_dir, str) else list(dataset_dir)
    if len(roots) != 1:
        raise ConfigError(f"{len(roots)} root folders for the validation set {name}; name one with --validation-data")
    validation = _with_set(empty, name, roots[0], split, manifest, noun, for_training=False)
    shared = _count_shared(validation.images, training.images)
    if shared:
        raise ConfigError(
            f"{shared} of {len(validation.items)} images of the validation set {name} ({split}) are trained on; "
            "wanted another set, which is not the one to be tested on either"
        )
    return validation


def _check_apart(root: str, output_dir: str | None) -> None:
    if output_dir is None:
        return
    data, output = (Path(folder).expanduser().resolve() for folder in (root, output_dir))
    if output.is_relative_to(data):
        raise ConfigError(
            f"the output folder {output_dir} lies in the data folder {root}, where its pictures would count as data "
            "when the run goes on; choose one outside with -o"
        )


def _count_shared(images: Sequence[str], others: Sequence[str]) -> int:
    """Count the images that are among the others too, by content; only files of equal size are read."""
    mine, theirs = _sizes(images), _sizes(others)
    common = set(mine.values()) & set(theirs.values())
    known = set(content_digests([path for path, size in theirs.items() if size in common]).values())
    digests = content_digests([path for path, size in mine.items() if size in common]).values()
    return sum(digest in known for digest in digests)


def _sizes(paths: Sequence[str]) -> dict[Path, int]:
    return {path: path.stat().st_size for path in map(Path, paths) if path.is_file()}


def _with_set(
    before: LabelledSets, name: str, root: str, split: str, manifest: str | None, noun: str, *, for_training: bool
) -> LabelledSets:
    """Return the sets with one more."""
    benchmark = load_benchmark(name)
    samples: list[Sample] = benchmark.read(root, manifest, split)
    if for_training:
        check_masks(samples)
    class_nouns = benchmark.nouns_of(samples, noun)
    nouns = list(dict.fromkeys([*before.nouns, *class_nouns]))
    items = [
        {**item, "noun_index": nouns.index(class_nouns[item["noun_index"]])}
        for item in sample_items(samples, benchmark.classes(samples), root)
    ]
    abnormal = sum(item["label"] == ABNORMAL for item in items)
    about = {"name": benchmark.name, "split": split, "images": len(items), "abnormal": abnormal}
    return LabelledSets([*before.items, *items], nouns, [*before.datasets, about])
