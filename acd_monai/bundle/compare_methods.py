"""Several methods on one labelled data set: each by its own overlay, all on the same images, read and resized once."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.bundle.catalogue import COMPARE_METHODS, METHODS
from acd_monai.bundle.run import compose, run_bundle
from acd_monai.errors import AcdMonaiError, CasesFailedError, ConfigError
from acd_monai.reports import prepare_output_folder
from acd_monai.reports.evaluation import compare_runs, read_examples, write_comparison, write_methods_montage

__all__ = ["TRAINING_FREE_METHODS", "MethodsCompared", "choose_methods", "compare_methods"]

logger = logging.getLogger(__name__)

TRAINING_FREE_METHODS = ("clip", "win_clip", "clip_ad")
"""They need no weights but the backbone's."""


class MethodsCompared(NamedTuple):
    """What came of a comparison.

    Attributes:
        text: the table, as Markdown.
        failures: of each method that could not run, or not on all images, the reason.
    """

    text: str
    failures: dict[str, AcdMonaiError]


def choose_methods(methods: Sequence[str] | None, weights: Sequence[str]) -> dict[str, str | None]:
    """Return the methods to run, in order, each with its weights or None.

    Args:
        methods: names; None: those without training, and those with weights.
        weights: ``NAME=FILE`` each.

    Raises:
        ConfigError: an unknown method, one named twice, weights without a file, or for a method that is not run.
    """
    files: dict[str, str] = {}
    for entry in weights:
        name, equals, file = entry.partition("=")
        if not equals or not file:
            raise ConfigError(f"method weights are {entry!r}; wanted NAME=FILE, for example acd_clip=adapter_20.pth")
        if _name(name) in files:
            raise ConfigError(f"method weights are given twice for {name!r}; wanted one file for each method")
        files[_name(name)] = file
    chosen = [*dict.fromkeys([*TRAINING_FREE_METHODS, *files])] if methods is None else [_name(one) for one in methods]
    if len(set(chosen)) < len(chosen):
        raise ConfigError(f"methods are {', '.join(chosen)}; wanted each once")
    if unused := files.keys() - set(chosen):
        raise ConfigError(f"there are weights for {', '.join(sorted(unused))}, which --methods leaves out; add or drop")
    return {name: files.get(name) for name in chosen}


def compare_methods(
    domain: str,
    dataset: str,
    methods: Mapping[str, Mapping[str, Any]],
    backbone: str | None,
    settings: Mapping[str, Any],
    output_dir: Path | str,
) -> MethodsCompared:
    """Evaluate methods one after the other on one data set, and put their results side by side.

    The first that reads an image keeps it, as its preprocessing leaves it, in a temporary folder in the output, and
    so does the first that resizes it to its network's square; the others take both from there.

    Args:
        domain: how images are read.
        dataset: a name of the catalogue.
        methods: names, each with config values of its own, for example ``weights``.
        backbone: of all; None: as the bundle says. Each method runs it with its own activation and position embedding.
        settings: config values of the evaluation, those of the methods aside.
        output_dir: gets a report folder for each method, ``comparison.{md,csv,html}`` and ``montage.png``.

    Raises:
        AcdMonaiError: no method could run: what the first one said.
        ConfigError: more than one process.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            f"methods are compared in one process, not in {os.environ['WORLD_SIZE']}; run `acd-monai evaluate` under "
            "torchrun for each method, then `acd-monai compare`"
        )
    output = Path(output_dir)
    prepare_output_folder(str(output))
    failures: dict[str, AcdMonaiError] = {}
    with tempfile.TemporaryDirectory(prefix=".prepared_", dir=output) as work:
        for name, chosen in methods.items():
            files = [*compose(domain, name, backbone, workflow="evaluate", dataset=dataset), COMPARE_METHODS]
            own = {"output_dir": str(output / name), "shown_maps": str(Path(work, f"{name}.npz"))}
            logger.info("%s: evaluating", name)
            try:
                run_bundle(files, {**settings, **chosen, **own, "prepared_dir": str(Path(work, "images"))})
            except AcdMonaiError as error:
                logger.info("%s: %s", name, error)
                failures[name] = error
        done = [name for name in methods if isinstance(failures.get(name), CasesFailedError | None)]
        if not done:
            raise next(iter(failures.values()))
        comparison = compare_runs([output / name for name in done])
        text = write_comparison(comparison, output)
        examples = {name: read_examples(Path(work, f"{name}.npz")) for name in done}
        (block,) = comparison.blocks
        write_methods_montage(block.title, block.runs, examples, output / "montage.png")
    return MethodsCompared(text, failures)


def _name(method: str) -> str:
    return METHODS.find(method).stem
