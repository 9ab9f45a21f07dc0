"""Compose config files and run them as ``python -m monai.bundle run`` does."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigWorkflow

from acd_monai.bundle.catalogue import BACKBONES, DATASETS, DOMAINS, METHODS
from acd_monai.errors import ConfigError, find_cause

__all__ = ["compose", "literal", "run_bundle"]


def compose(
    domain: str,
    method: str | None = None,
    backbone: str | None = None,
    *,
    workflow: str = "inference",
    dataset: str | None = None,
    trained_on: Sequence[str] | None = None,
) -> list[Path]:
    """Return the config files of a run: the domain's bundle first, then the overlays.

    What a method's authors do otherwise on one data set is an overlay over the method's, ``METHOD/DATASET.json``
    beside it; it is among them when that is the one set evaluated, or the only one trained on.

    Args:
        domain: a name of the catalogue of domains; so for the others.
        method: how to score; None: as the bundle says.
        backbone: what to score with; None: as the bundle says.
        workflow: ``"inference"``, ``"evaluate"`` or ``"train"``.
        dataset: what to evaluate on; None: as the bundle says.
        trained_on: data sets to train on; None: as the bundle says.

    Raises:
        ConfigError: an unknown name, or a bundle without that workflow.
    """
    config = DOMAINS.find(domain).with_name(f"{workflow}.json")
    if not config.is_file():
        able = [name for name in DOMAINS if DOMAINS.find(name).with_name(config.name).is_file()]
        raise ConfigError(f"domain {domain} has no {workflow} workflow; wanted one of {', '.join(able)}")
    files = [config, *(DATASETS.find(name) for name in (dataset,) if name is not None)]
    if method is not None:
        named = trained_on or json.loads(config.read_text(encoding="utf-8")).get("datasets", [])
        files += [METHODS.find(method), *_of_one_dataset(METHODS.find(method), named if dataset is None else [dataset])]
    return files if backbone is None else [*files, BACKBONES.find(backbone)]


def _of_one_dataset(method: Path, datasets: Sequence[str]) -> list[Path]:
    """Return the overlay of a method for a data set, if there is one data set and such an overlay."""
    if len(datasets) != 1:
        return []
    path = method.with_suffix("") / DATASETS.find(datasets[0]).name
    return [path] if path.is_file() else []


def run_bundle(
    config_files: list[Path],
    settings: Mapping[str, Any],
    workflow_type: str = "infer",
    tracking: str | None = None,
) -> None:
    """Run a workflow of a bundle.

    Args:
        config_files: as :func:`compose` gives them.
        settings: config ids and their values, taken as they are: nothing in them is evaluated.
        workflow_type: MONAI's word for it, ``"infer"`` or ``"train"``.
        tracking: ``"mlflow"``, or a file of tracking settings; None: none.

    Raises:
        AcdMonaiError: what a user can mend, without MONAI's wrapping.
    """
    # It warns that overlays lie in other folders than the bundle, which is how they are meant.
    logging.getLogger("monai.bundle.workflows").setLevel(logging.ERROR)
    workflow = ConfigWorkflow(
        config_file=[str(path) for path in config_files],
        meta_file=str(config_files[0].with_name("metadata.json")),
        logging_file=str(config_files[0].with_name("logging.conf")),
        workflow_type=workflow_type,
        tracking=tracking,
        **{name: literal(value) for name, value in settings.items()},
    )
    try:
        workflow.initialize()
        workflow.run()
        workflow.finalize()
    except Exception as error:
        known = find_cause(error)
        if known is None:
            raise
        raise known from None


def literal(value: Any) -> Any:
    """Return a config value that means exactly ``value``.

    MONAI evaluates text that begins with ``$``, resolves ``@`` and ``%``, and rewrites ``#`` wherever it stands; a
    user's file name may hold any of them. As an expression without these characters it comes back as it was.
    """
    if isinstance(value, torch.device):
        return f"$torch.device({str(value)!r})"
    if isinstance(value, (str, list, tuple)):
        return "$" + re.sub("[$@%#]", lambda match: f"\\x{ord(match[0]):02x}", repr(value))
    return value
