"""The commands of the command line, one file each: they compose config files and call the bundle workflows."""

from __future__ import annotations

from acd_monai.commands.calibrate import add_calibrate
from acd_monai.commands.evaluate import add_compare, add_compare_methods, add_evaluate
from acd_monai.commands.infer import add_infer
from acd_monai.commands.inspect import add_inspect
from acd_monai.commands.listing import add_listings
from acd_monai.commands.prepare import add_prepare
from acd_monai.commands.train import add_train
from acd_monai.commands.weights import add_weights

__all__ = [
    "add_calibrate",
    "add_compare",
    "add_compare_methods",
    "add_evaluate",
    "add_infer",
    "add_inspect",
    "add_listings",
    "add_prepare",
    "add_train",
    "add_weights",
]
