"""``acd-monai domains``, ``methods``, ``backbones``, ``datasets``: what there is to choose from."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["add_listings"]


def add_listings(commands: Any) -> None:
    """Add one command for each kind of config file."""
    for kind, text in (
        ("domains", "list what can be scanned: one MONAI bundle each"),
        ("methods", "list how it can be scored"),
        ("backbones", "list what it can be scored with"),
        ("datasets", "list the labelled data sets it can be measured on"),
    ):
        listing = commands.add_parser(kind, help=text, description=f"{text.capitalize()}.")
        listing.set_defaults(run=_list, kind=kind)


def _list(options: argparse.Namespace) -> None:
    from acd_monai.bundle import BACKBONES, DATASETS, DOMAINS, METHODS

    catalogue = {"domains": DOMAINS, "methods": METHODS, "backbones": BACKBONES, "datasets": DATASETS}[options.kind]
    width = max(len(name) for name in catalogue)
    for name in catalogue:
        sys.stdout.write(f"{name:{width}}  {_describe(options.kind, catalogue.find(name))}\n")


def _describe(kind: str, path: Path) -> str:
    """Say in one line what a config file stands for, read from the file itself."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if kind == "domains":
        modality = " or ".join(config["modalities"]) or "any"
        return f"modality {modality}; plane {config['plane']}; noun '{config['noun']}'; bundle {path.parents[1]}"
    if kind == "backbones":
        weights = config["backbone_weights"] or "none (seeded, untrained)"
        return f"{config['architecture']} at {config['image_size']} pixels; weights: {weights}; {path}"
    if kind == "datasets":
        domain = config["dataset_domain"] or "any (--domain)"
        return f"{config['benchmark']['title']}; domain {domain}; {path}"
    return f"{config['network']['_target_'].rsplit('.', 1)[-1]}, activation {config['activation']}; {path}"
