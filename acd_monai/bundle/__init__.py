"""Domains × methods × backbones: finding the config files and running them with MONAI."""

from __future__ import annotations

from acd_monai.bundle.catalogue import BACKBONES, DOMAINS, METHODS, Catalogue
from acd_monai.bundle.one_line import one_line, report_errors_in_one_line
from acd_monai.bundle.run import compose, run_inference

__all__ = [
    "BACKBONES",
    "DOMAINS",
    "METHODS",
    "Catalogue",
    "compose",
    "one_line",
    "report_errors_in_one_line",
    "run_inference",
]
