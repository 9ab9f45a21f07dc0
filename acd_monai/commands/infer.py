"""``acd-monai infer``: maps for every case found in files and folders."""

from __future__ import annotations

import argparse
from typing import Any

from acd_monai.commands.inspect import SERIES_HELP
from acd_monai.commands.options import (
    THRESHOLD_HELP,
    THRESHOLDS_HELP,
    add_model_options,
    add_running_options,
    given,
)

__all__ = ["add_infer"]

OUTPUTS_HELP = (
    "what to write, separated by commas: nifti, summary, preview, slicer (3D Slicer scene), html (page for a browser), "
    "report (PDF and PNG), dicom (docs/outputs.md; default: nifti,summary,preview,slicer,html)"
)


def add_infer(commands: Any) -> None:
    """Add the command."""
    infer = commands.add_parser(
        "infer",
        help="write an anomaly map for every case found in files and folders",
        description="Write an anomaly map, a summary, a preview and what else is asked for of every case found, and "
        "results.csv for the run. "
        "A DICOM study gives one case for each series that fits the domain (`acd-monai inspect` shows which, and why "
        "not the others), a volume file one, a picture one, a video one. Cases done before with the same settings are "
        "skipped: after a kill, a full disk or failed cases the same command does what is missing. Exit code: 0 all "
        "done, 1 some cases failed (results.csv says why) or the disk ran full on the way, 2 nothing could start.",
    )
    add = infer.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="DICOM folder or file, .nii(.gz), .nrrd, .mha, picture or video; folders are searched",
    )
    add(
        "--domain",
        required=True,
        help="what was scanned; `acd-monai domains` lists them; auto: told by modality and body part (DICOM only)",
    )
    add("--series", metavar="UID|NUMBER|TEXT", help=SERIES_HELP)
    add("-o", "--output", required=True, metavar="OUT", help="folder for the results, made if missing")
    add_model_options(infer)
    add("--noun", help="what the images show, in words (default: the domain's)")
    add("--plane", help="axial, coronal, sagittal, acquisition or stored (default: the domain's)")
    add("--resample-uneven", action="store_true", help="resample DICOM series with uneven slice gaps to an even grid")
    add("--threshold", type=float, help=THRESHOLD_HELP)
    add("--thresholds", metavar="FILE", help=THRESHOLDS_HELP)
    add("--fps", type=float, help="frames scored per second of a video (default: 1)")
    add("--outputs", metavar="LIST", help=OUTPUTS_HELP)
    add("--dicom", action="store_true", help="write DICOM objects for the source's study, beside the other outputs")
    add(
        "--with-patient",
        action="store_true",
        default=None,
        help="name the patient in report and dicom (else nobody)",
    )
    add("--overwrite", action="store_true", default=None, help="do cases again that are done already")
    add_running_options(infer)
    infer.set_defaults(run=_infer, goes_on=True)


def _infer(options: argparse.Namespace) -> None:
    from acd_monai.bundle import AUTO, choose_and_say, compose, run_bundle  # torch and MONAI take seconds to import

    domain = choose_and_say(options.inputs, options.series) if options.domain == AUTO else options.domain
    settings = given(
        options,
        *("series", "noun", "plane", "threshold", "thresholds", "fps", "with_patient", "overwrite"),
        dataset_dir=options.inputs,
        output_dir=options.output,
        outputs=_outputs(options.outputs, options.dicom),
        resample_uneven=options.resample_uneven or None,
    )
    run_bundle(compose(domain, options.method, options.backbone), settings)


def _outputs(names: str | None, dicom: bool) -> list[str] | None:
    """Return the names of the outputs asked for; None: the default ones."""
    if not dicom:
        return None if names is None else names.split(",")
    from acd_monai.reports.outputs import DEFAULT_OUTPUTS

    return [*(DEFAULT_OUTPUTS if names is None else names.split(",")), "dicom"]
