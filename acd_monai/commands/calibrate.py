"""``acd-monai calibrate``: the threshold that normal cases ask for."""

from __future__ import annotations

import argparse
from typing import Any

from acd_monai.commands.options import add_model_options, add_running_options, given

__all__ = ["add_calibrate"]

EXAMPLES = """examples:
  acd-monai calibrate normal_studies --domain brain_mri --weights adapter_20.pth --backbone vit_l_14_336 --fp-budget 0.5
  acd-monai infer STUDY --domain brain_mri --weights adapter_20.pth --backbone vit_l_14_336 -o maps     (uses it)"""


def add_calibrate(commands: Any) -> None:
    """Add the command."""
    calibrate = commands.add_parser(
        "calibrate",
        help="find the threshold on normal cases, and store it beside the weights",
        description="Score normal cases and find the lowest threshold at which what lies above it is, on average over "
        "them, within the budget. No abnormal case and no label is needed. `infer` and `evaluate` use it with the same "
        "weights, backbone, noun, prompts, domain, fit, plane and precision.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = calibrate.add_argument
    add("inputs", nargs="+", metavar="INPUT", help="normal studies, volumes or pictures; folders are searched")
    add("--domain", required=True, help="what was scanned; `acd-monai domains` lists them")
    add(
        "--fp-budget",
        type=float,
        required=True,
        metavar="SIZE",
        help="false positives allowed in a normal case, on average: mL of a volume, percent of a picture's area",
    )
    add("-o", "--output", metavar="FILE", help="where to store it (default: WEIGHTS.thresholds.json)")
    add_model_options(calibrate)
    add("--noun", help="what the images show, in words (default: the domain's)")
    add("--plane", help="axial, coronal, sagittal, acquisition or stored (default: the domain's)")
    add("--fit", help="pad or squash to the network's square (default: the domain's; `evaluate` squashes)")
    add_running_options(calibrate)
    calibrate.set_defaults(run=_calibrate)


def _calibrate(options: argparse.Namespace) -> None:
    from acd_monai.bundle import CALIBRATE, compose, run_bundle  # torch and MONAI take seconds to import

    files = [*compose(options.domain, options.method, options.backbone), CALIBRATE]
    settings = given(
        options, "noun", "plane", "fit", "fp_budget", dataset_dir=options.inputs, thresholds=options.output
    )
    run_bundle(files, settings)
