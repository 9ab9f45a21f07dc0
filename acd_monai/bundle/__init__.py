"""Domains × methods × backbones: finding the config files and running them with MONAI."""

from __future__ import annotations

from acd_monai.bundle.catalogue import BACKBONES, DOMAINS, METHODS, Catalogue
from acd_monai.bundle.run import compose, run_inference
from acd_monai.bundle.terminal import one_line, prepare_terminal

__all__ = [
    "BACKBONES",
    "DOMAINS",
    "METHODS",
    "Catalogue",
    "compose",
    "one_line",
    "prepare_terminal",
    "run_inference",
]
