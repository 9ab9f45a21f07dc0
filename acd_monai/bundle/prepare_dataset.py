"""``acd-monai prepare``: a data set's folders to a manifest, with what differs from a full download."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from monai.bundle import ConfigParser

from acd_monai.bundle.catalogue import DATASETS
from acd_monai.data import ABNORMAL, NORMAL, Benchmark, Sample, write_manifest
from acd_monai.errors import ConfigError, find_cause
from acd_monai.reports import written_whole

__all__ = ["Prepared", "domain_of_dataset", "load_benchmark", "prepare", "prepare_dataset"]

_ENDINGS = (".jsonl", ".json")
_MOST_FOLDERS = 8


@dataclass(frozen=True)
class Prepared:
    """A data set made ready.

    Attributes:
        samples: of the split.
        differences: see :meth:`acd_monai.data.Benchmark.differences`.
        manifest: the file written.
    """

    samples: list[Sample]
    differences: list[str]
    manifest: Path


def load_benchmark(name: str) -> Benchmark:
    """Return the data set that a config overlay describes.

    Raises:
        ConfigError: an unknown name, or a value in the overlay that does not work.
    """
    parser = ConfigParser(json.loads(DATASETS.find(name).read_text(encoding="utf-8")))
    try:
        benchmark: Benchmark = parser.get_parsed_content("benchmark")
    except RuntimeError as error:
        raise find_cause(error) or error from None
    return benchmark


def domain_of_dataset(name: str) -> str | None:
    """Return the domain whose bundle reads a data set, None for one's own data.

    Raises:
        ConfigError: an unknown name.
    """
    domain: str | None = json.loads(DATASETS.find(name).read_text(encoding="utf-8"))["dataset_domain"]
    return domain


def prepare(benchmark: Benchmark, root: str | Path, output: str | Path, split: str = "test") -> Prepared:
    """List a split of a data set and write it as a manifest.

    Args:
        benchmark: the data set.
        root: the data root; nothing in it is written to.
        output: the manifest, outside of the root; an older one is replaced.
        split: ``"train"``, ``"valid"`` or ``"test"``.

    Raises:
        ConfigError: the output is not named as a manifest, or lies in the root; or as :meth:`Benchmark.read`.
        InputError: as :meth:`Benchmark.read`.
        OutputError: the manifest cannot be written.
    """
    manifest = Path(output)
    if manifest.suffix.lower() not in _ENDINGS:
        raise ConfigError(f"the manifest is to be written to {output}; wanted a name that ends in .jsonl")
    if manifest.resolve().is_relative_to(Path(root).resolve()):
        raise ConfigError(f"{output} lies in the data root, which is never written to; wanted another place with -o")
    samples = benchmark.read(root, split=split)
    with written_whole(manifest) as part:
        write_manifest(samples, part, root)
    return Prepared(samples, benchmark.differences(samples, split), manifest)


def prepare_dataset(name: str, root: str | Path, output: str | Path | None = None, split: str = "test") -> str:
    """Prepare a data set of the catalogue.

    Args:
        name: of the data set.
        root: the data root.
        output: the manifest; None: ``<name>_<split>.jsonl`` in the current folder.
        split: ``"train"``, ``"valid"`` or ``"test"``.

    Returns:
        Text for the terminal: what was found for each class, where, what differs, and the manifest's path.

    Raises:
        AcdMonaiError: as :func:`load_benchmark` and :func:`prepare`.
    """
    benchmark = load_benchmark(name)
    prepared = prepare(benchmark, root, output or f"{benchmark.name}_{split}.jsonl", split)
    lines = [
        f"{benchmark.title}, {split} split: {len(prepared.samples)} images",
        *_class_table(benchmark, prepared.samples),
    ]
    for label, word in ((NORMAL, "normal"), (ABNORMAL, "abnormal")):
        folders = _folders(prepared.samples, label, root)
        if folders:
            lines.append(f"{word} images from: {folders}")
    lines += [f"differs: {line}" for line in prepared.differences]
    if not prepared.differences and split in benchmark.counts:
        lines.append("as many images as a full download has")
    return "\n".join([*lines, f"manifest: {prepared.manifest}"]) + "\n"


def _class_table(benchmark: Benchmark, samples: Iterable[Sample]) -> list[str]:
    samples = list(samples)
    rows = [("class", "abnormal", "normal", "masks", "cases")]
    for name in benchmark.classes(samples):
        of_class = [sample for sample in samples if sample.class_name == name]
        abnormal = sum(sample.label == ABNORMAL for sample in of_class)
        masks = sum(sample.mask is not None for sample in of_class)
        cases = len({sample.case for sample in of_class})
        rows.append((name, str(abnormal), str(len(of_class) - abnormal), str(masks), str(cases)))
    width = max(len(row[0]) for row in rows)
    return [f"  {row[0]:{width}}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows]


def _folders(samples: Iterable[Sample], label: int, root: str | Path) -> str:
    """Return the folders that the images of a label lie in, so that a wrong guess is seen."""
    parents = Counter(sample.image.parent for sample in samples if sample.label == label)
    names = [f"{Path(os.path.relpath(parent, root)).as_posix()} ({count})" for parent, count in parents.items()]
    more = len(names) - _MOST_FOLDERS
    return ", ".join(names[:_MOST_FOLDERS]) + (f" and {more} more folders" if more > 0 else "")
