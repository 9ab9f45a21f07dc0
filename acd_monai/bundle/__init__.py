"""Domains × methods × backbones: finding the config files and running them with MONAI."""

from __future__ import annotations

from acd_monai.bundle.catalogue import BACKBONES, DATASETS, DOMAINS, METHODS, Catalogue
from acd_monai.bundle.choose_domain import AUTO, DomainChoice, choose_and_say, choose_domain, domain_selection
from acd_monai.bundle.inspect_inputs import inspect_inputs
from acd_monai.bundle.prepare_dataset import Prepared, domain_of_dataset, load_benchmark, prepare, prepare_dataset
from acd_monai.bundle.processes import local_device, start_processes, stop_processes
from acd_monai.bundle.run import compose, run_bundle
from acd_monai.bundle.terminal import one_line, prepare_terminal

__all__ = [
    "AUTO",
    "BACKBONES",
    "DATASETS",
    "DOMAINS",
    "METHODS",
    "Catalogue",
    "DomainChoice",
    "Prepared",
    "choose_and_say",
    "choose_domain",
    "compose",
    "domain_of_dataset",
    "domain_selection",
    "inspect_inputs",
    "load_benchmark",
    "local_device",
    "one_line",
    "prepare",
    "prepare_dataset",
    "prepare_terminal",
    "run_bundle",
    "start_processes",
    "stop_processes",
]
