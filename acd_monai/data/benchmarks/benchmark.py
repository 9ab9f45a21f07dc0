"""A data set as a config file describes it: layout, classes and their nouns, published counts and figures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder
from acd_monai.data.benchmarks.layouts import LAYOUTS
from acd_monai.data.benchmarks.manifest import read_manifest
from acd_monai.data.benchmarks.sample import ABNORMAL, Sample, has_pixel_labels, named_few
from acd_monai.data.natural import natural_key
from acd_monai.errors import ConfigError, InputError

__all__ = ["Benchmark"]

_FAMILIES = ("medical", "industrial", "own")
_METRICS = ("pixel_auroc", "pixel_ap", "image_auroc", "image_ap")


@dataclass(frozen=True)
class Benchmark:
    """A data set with image labels, and often pixel labels.

    Attributes:
        name: of its config file.
        title: for people.
        family: ``"medical"``, ``"industrial"``, or ``"own"``: a user's data.
        layout: how its files lie, a key of :data:`~acd_monai.data.benchmarks.layouts.LAYOUTS`.
        folder: its own folder in the data root; the root may as well be that folder. Empty: none.
        nouns: of each class, for the prompts; empty: every class takes the domain's. A set of one class is named by
            its first key, further keys are other names for it.
        pixel_labels: it comes with masks.
        counts: images of a full download for each split, ``[abnormal, normal]`` or all.
        published: figures in percent, run → metric → value; metrics are ``pixel_auroc``, ``pixel_ap``, ``image_auroc``
            and ``image_ap``.

    Raises:
        ConfigError: a value is none of those that work.
    """

    name: str
    title: str
    family: str
    layout: str
    folder: str = ""
    nouns: Mapping[str, str] = field(default_factory=dict)
    pixel_labels: bool = True
    counts: Mapping[str, int | Sequence[int]] = field(default_factory=dict)
    published: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check("family", self.family, self.family in _FAMILIES, f"one of {', '.join(_FAMILIES)}")
        self._check("layout", self.layout, self.layout in LAYOUTS, f"one of {', '.join(LAYOUTS)}")
        for name, noun in self.nouns.items():
            self._check(f"noun of {name}", noun, isinstance(noun, str) and bool(noun.strip()), "text")
        for split, count in self.counts.items():
            numbers = [count] if isinstance(count, int) else list(count)
            known = split in LAYOUTS[self.layout].splits and len(numbers) <= 2 and all(n >= 0 for n in numbers)
            self._check(f"count of split {split}", count, known, "[abnormal, normal], or all, of a split it has")
        for run, figures in self.published.items():
            for metric, value in figures.items():
                known = metric in _METRICS and 0 <= value <= 100
                self._check(f"{metric} of {run}", value, known, f"percent of one of {', '.join(_METRICS)}")

    def _check(self, what: str, value: object, is_fine: bool, wanted: str) -> None:
        if not is_fine:
            raise ConfigError(f"data set {self.name!r}: {what} is {value!r}; wanted {wanted}")

    def read(self, root: str | Path | None, manifest: str | Path | None = None, split: str = "test") -> list[Sample]:
        """List the samples of one split; no image is opened.

        Args:
            root: the data root; None: there are no samples, so that a config without data can be parsed.
            manifest: a list to read instead of the folders, whatever the split.
            split: ``"train"``, ``"valid"`` or ``"test"``, where the data set has them.

        Returns:
            Samples in the manifest's order, or in the natural order of their folders and files.

        Raises:
            ConfigError: the split is none of the data set's, or it can be read by a manifest only.
            InputError: files are missing or damaged.
        """
        if root is None:
            return []
        place = Path(os.path.abspath(root))
        if not place.is_dir():
            raise InputError(f"{root}: no such folder; wanted the one that holds {self.title}. Check the path.")
        if manifest is not None:
            return read_manifest(manifest, place)
        layout = LAYOUTS[self.layout]
        if split not in layout.splits:
            raise ConfigError(f"data set {self.name!r} has no split {split!r}; wanted {' or '.join(layout.splits)}")
        folder = (find_folder(place, self.folder) if self.folder else None) or place
        samples = layout.read(folder, split, "" if layout.named_classes else next(iter(self.nouns), self.name))
        if not samples:
            raise InputError(f"{folder}: no image of the {split} split found; wanted {self.title}. Check the download.")
        return samples

    def classes(self, samples: Iterable[Sample]) -> list[str]:
        """Return the classes of some samples, first those that have a noun, in that order."""
        there = {sample.class_name for sample in samples}
        return [name for name in self.nouns if name in there] + sorted(there - self.nouns.keys(), key=natural_key)

    def noun_of(self, class_name: str, default: str | None = None) -> str:
        """Return the noun that prompts take for a class.

        Args:
            class_name: of a sample.
            default: for data sets without nouns of their own: the domain's.

        Raises:
            ConfigError: the data set names nouns and none for this class, or it names none and there is no default.
        """
        if not self.nouns and default is not None:
            return default
        if class_name not in self.nouns:
            known = ", ".join(self.nouns) or "no class"
            raise ConfigError(
                f"class {class_name!r} of data set {self.name!r} has no noun, {known} has; the prompts need one. "
                "Add it to the nouns of the data set's config, or correct class_name in the manifest."
            )
        return self.nouns[class_name]

    def nouns_of(self, samples: Iterable[Sample], default: str) -> list[str]:
        """Return the noun of every class of some samples, in the order of :meth:`classes`; the default without any.

        Raises:
            ConfigError: as :meth:`noun_of`.
        """
        return [self.noun_of(name, default) for name in self.classes(samples)] or [default]

    def differences(self, samples: Sequence[Sample], split: str = "test") -> list[str]:
        """Say how samples differ from a full download, and which figures cannot be had of them.

        Returns:
            One line for each difference, none where all is as published.
        """
        abnormal = sum(sample.label == ABNORMAL for sample in samples)
        return [
            *self._count_differences(split, abnormal, len(samples) - abnormal),
            *self._class_differences(samples),
            *self._mask_differences(samples),
        ]

    def _count_differences(self, split: str, abnormal: int, normal: int) -> list[str]:
        expected = self.counts.get(split)
        got = f"{abnormal + normal} images, {abnormal} abnormal and {normal} normal"
        if isinstance(expected, int) and expected != abnormal + normal:
            return [f"{got}; a full {split} split has {expected}"]
        if isinstance(expected, Sequence) and list(expected) != [abnormal, normal]:
            full = f"{sum(expected)}, {expected[0]} abnormal and {expected[1]} normal"
            return [f"{got}; a full {split} split has {full}"]
        if expected is None and split == "test" and not (abnormal and normal) and self.layout != "volumes":
            return [f"all images are {'abnormal' if abnormal else 'normal'}: image AUROC and AP are undefined"]
        return []

    def _class_differences(self, samples: Sequence[Sample]) -> list[str]:
        there = self.classes(samples)
        missing = [name for name in self.nouns if name not in there] if LAYOUTS[self.layout].named_classes else []
        unknown = [name for name in there if name not in self.nouns] if self.nouns else []
        return [
            *([f"no image of class {', '.join(missing)}"] if missing else []),
            *([f"no noun for class {', '.join(unknown)}"] if unknown else []),
        ]

    def _mask_differences(self, samples: Sequence[Sample]) -> list[str]:
        lines = []
        for name in self.classes(samples) if self.pixel_labels else []:
            abnormal = [sample for sample in samples if sample.class_name == name and sample.label == ABNORMAL]
            bare = [sample.image.name for sample in abnormal if sample.mask is None]
            if bare and not has_pixel_labels(abnormal):
                lines.append(f"class {name} has no masks: its pixel metrics are undefined")
            elif bare:
                lines.append(
                    f"class {name}: {len(bare)} of {len(abnormal)} abnormal images have no mask: {named_few(bare)}"
                )
        return lines
