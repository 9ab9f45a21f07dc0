"""Compose config files and run them as ``python -m monai.bundle run`` does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monai.bundle import ConfigWorkflow

from acd_monai.bundle.catalogue import BACKBONES, DOMAINS, METHODS
from acd_monai.errors import find_cause

__all__ = ["compose", "run_inference"]


def compose(domain: str, method: str | None = None, backbone: str | None = None) -> list[Path]:
    """Return the config files of a run: the domain's bundle first, then the overlays.

    Raises:
        ConfigError: an unknown name.
    """
    files = [DOMAINS.find(domain)]
    if method is not None:
        files.append(METHODS.find(method))
    if backbone is not None:
        files.append(BACKBONES.find(backbone))
    return files


def run_inference(config_files: list[Path], overrides: Mapping[str, Any]) -> None:
    """Run the inference workflow of a bundle.

    Args:
        config_files: as :func:`compose` gives them.
        overrides: config ids and their values.

    Raises:
        AcdMonaiError: what a user can mend, without MONAI's wrapping.
    """
    # It warns that overlays lie in other folders than the bundle, which is how they are meant.
    logging.getLogger("monai.bundle.workflows").setLevel(logging.ERROR)
    workflow = ConfigWorkflow(
        config_file=[str(path) for path in config_files],
        meta_file=str(config_files[0].with_name("metadata.json")),
        logging_file=str(config_files[0].with_name("logging.conf")),
        workflow_type="infer",
        **overrides,
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
