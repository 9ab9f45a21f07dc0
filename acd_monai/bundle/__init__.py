"""Domains × methods × backbones: finding the config files and running them with MONAI."""

from __future__ import annotations

from acd_monai.bundle.catalogue import BACKBONES, CALIBRATE, DATASETS, DOMAINS, METHODS, Catalogue
from acd_monai.bundle.choose_domain import AUTO, DomainChoice, choose_and_say, choose_domain, domain_selection
from acd_monai.bundle.compare_methods import TRAINING_FREE_METHODS, MethodsCompared, choose_methods, compare_methods
from acd_monai.bundle.fl_filters import OnlyAdapters
from acd_monai.bundle.inspect_inputs import inspect_inputs
from acd_monai.bundle.method_options import DEFAULT_METHOD, share_options
from acd_monai.bundle.prepare_dataset import Prepared, domain_of_dataset, load_benchmark, prepare, prepare_dataset
from acd_monai.bundle.processes import local_device, start_processes, stop_processes
from acd_monai.bundle.run import compose, run_bundle
from acd_monai.bundle.tensorboard import can_log_tensorboard
from acd_monai.bundle.terminal import one_line, prepare_terminal
from acd_monai.bundle.training_sets import LabelledSets, read_training_sets, read_validation_set

__all__ = [
    "AUTO",
    "BACKBONES",
    "CALIBRATE",
    "DATASETS",
    "DEFAULT_METHOD",
    "DOMAINS",
    "METHODS",
    "Catalogue",
    "DomainChoice",
    "LabelledSets",
    "MethodsCompared",
    "OnlyAdapters",
    "Prepared",
    "TRAINING_FREE_METHODS",
    "can_log_tensorboard",
    "choose_and_say",
    "choose_domain",
    "choose_methods",
    "compare_methods",
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
    "read_training_sets",
    "read_validation_set",
    "run_bundle",
    "share_options",
    "start_processes",
    "stop_processes",
]
