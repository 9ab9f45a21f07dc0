"""``acd-monai evaluate``, ``compare-methods``, ``compare``: figures on labelled data, and several side by side."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from acd_monai.commands.options import (
    THRESHOLD_HELP,
    THRESHOLDS_HELP,
    add_backbone_options,
    add_method_options,
    add_model_options,
    add_running_options,
    given,
    method_settings,
)
from acd_monai.errors import CasesFailedError, ConfigError

__all__ = ["add_compare", "add_compare_methods", "add_evaluate"]

EXAMPLES = """examples:
  acd-monai evaluate bmad_brain --data BMAD --backbone vit_l_14_336 --weights adapter_20.pth -o runs/brain
  acd-monai evaluate mvtec --data mvtec_anomaly_detection --resolution native
  acd-monai evaluate folder --data my_pictures --domain industrial --noun "metal nut"
  acd-monai evaluate volumes --data my_scans --domain liver_ct
  acd-monai evaluate manifest --data ROOT --manifest list.jsonl --domain colonoscopy
  acd-monai compare runs/brain runs/brain_n2 -o comparison
Under torchrun each process scores its share: torchrun --nproc_per_node 4 -m acd_monai evaluate ..."""

METHODS_EXAMPLES = """examples:
  acd-monai compare-methods mvtec --data mvtec_anomaly_detection --backbone vit_b_16_plus_240 -o runs/mvtec
  acd-monai compare-methods bmad_brain --data BMAD --backbone vit_l_14_336 \\
      --method-weights acd_clip=adapter_20.pth april_gan=epoch_3.pth
  acd-monai compare-methods folder --data my_pictures --domain industrial --methods clip clip_ad
  acd-monai compare-methods mvtec --data mvtec_anomaly_detection --references normal      (normal/bottle/, …)"""


def add_evaluate(commands: Any) -> None:
    """Add the command."""
    evaluate = commands.add_parser(
        "evaluate",
        help="measure a method on a labelled data set",
        description="Score all images of a labelled data set and write report.html, results.md, .csv and .json, "
        "scores.csv and pictures. Figures come with 95 % intervals by bootstrap over cases. Weights that were trained "
        "on some of the images are refused. Exit code: 0 all done, 1 some images could not be evaluated, 2 nothing "
        "could start.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_data(evaluate)
    add_model_options(evaluate)
    _add_measures(evaluate)
    evaluate.add_argument("--thresholds", metavar="FILE", help=THRESHOLDS_HELP)
    add_running_options(evaluate)
    evaluate.set_defaults(run=_evaluate)


def add_compare_methods(commands: Any) -> None:
    """Add the command."""
    compare = commands.add_parser(
        "compare-methods",
        help="measure several methods on one labelled data set",
        description="Evaluate several methods on one data set, reading and resizing each image once, and write a "
        "report folder for each, comparison.md, .csv and .html, and montage.png: the same images with every method's "
        "map. Each method is run as its authors run it, so a method that cannot run on the backbone is named, and the "
        "others go on. An option of methods goes to each that has it. Exit code: 0 all done, 1 a method failed or some "
        "images could not be evaluated, 2 nothing could start.",
        epilog=METHODS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_data(compare)
    add = compare.add_argument
    add("--methods", nargs="+", metavar="NAME", help="which (default: clip, win_clip, clip_ad, and those with weights)")
    add(
        "--method-weights",
        nargs="+",
        default=[],
        metavar="NAME=FILE",
        help="weights of methods that have some, for example acd_clip=adapter_20.pth",
    )
    add_backbone_options(compare)
    add_method_options(compare)
    _add_measures(compare)
    add_running_options(compare)
    compare.set_defaults(run=_compare_methods)


def _add_data(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("dataset", metavar="DATASET", help="`acd-monai datasets` lists them; folder, volumes, manifest: your own")
    add("--data", required=True, metavar="ROOT", help="root folder of the data set; never written to")
    add("-o", "--output", metavar="OUT", help="folder for the report (default: evaluation/DATASET)")
    add("--split", help="test (default), or train or valid where there is one")
    add(
        "--manifest",
        metavar="FILE",
        help="a list of the images, see `acd-monai prepare --help`",
    )
    add("--domain", help="how to read and score (default: the data set's own; needed for your own data)")


def _add_measures(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--noun", help="what the images show, in words, where the data set does not say (default: the domain's)")
    add("--resolution", help="network (default): masks resized as the authors do; native: maps on the mask's own grid")
    add("--pixel-metrics", help="streaming (default): constant memory, with an error bound; exact: all pixels kept")
    add(
        "--mask-labels",
        type=int,
        nargs="+",
        metavar="VALUE",
        help="mask values that count (default: all but 0; in a picture with values in the upper half of what its "
        "pixels can hold, those alone)",
    )
    add("--threshold", type=float, help=THRESHOLD_HELP)
    add("--bootstrap", type=int, metavar="DRAWS", help="resamplings for the intervals (default: 1000; 0: none)")
    add("--seed", type=int, help="of the bootstrap (default: 0)")
    add("--allow-overlap", action="store_true", help="evaluate on images of the training set; the report is marked")


def add_compare(commands: Any) -> None:
    """Add the command."""
    compare = commands.add_parser(
        "compare",
        help="put several evaluations into one table",
        description="Put the results of several `acd-monai evaluate` runs into one table; published figures beside.",
    )
    compare.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run, or its results.json")
    compare.add_argument("-o", "--output", type=Path, metavar="OUT", help="also write comparison.{md,csv,html} there")
    compare.set_defaults(run=_compare)


def _evaluate(options: argparse.Namespace) -> None:
    from acd_monai.bundle import compose, run_bundle  # torch and MONAI take seconds to import

    files = compose(_domain(options), options.method, options.backbone, workflow="evaluate", dataset=options.dataset)
    run_bundle(files, {"output_dir": _output(options), **_settings(options)})


def _compare_methods(options: argparse.Namespace) -> None:
    from acd_monai.bundle import choose_methods, compare_methods, share_options

    methods = choose_methods(options.methods, options.method_weights)
    own = share_options(method_settings(options), methods)
    runs = {
        name: {**own[name], **({} if weights is None else {"weights": weights})} for name, weights in methods.items()
    }
    settings, output = _settings(options), _output(options)
    text, failures = compare_methods(_domain(options), options.dataset, runs, options.backbone, settings, output)
    sys.stdout.write(text + "\n")
    if failures:
        said = "; ".join(f"{name}: {error}" for name, error in failures.items())
        raise CasesFailedError(f"{len(failures)} of {len(methods)} methods failed, or not on all images: {said}")


def _domain(options: argparse.Namespace) -> str:
    from acd_monai.bundle import domain_of_dataset

    domain: str | None = options.domain or domain_of_dataset(options.dataset)
    if domain is None:
        raise ConfigError(f"data set {options.dataset!r} is your own; say how to read it with --domain")
    return domain


def _output(options: argparse.Namespace) -> str:
    return options.output or str(Path("evaluation", options.dataset))


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    return given(
        options,
        *("manifest", "split", "noun", "resolution", "pixel_metrics", "mask_labels", "threshold", "thresholds"),
        *("bootstrap", "seed"),
        dataset_dir=options.data,
        allow_overlap=options.allow_overlap or None,
    )


def _compare(options: argparse.Namespace) -> None:
    from acd_monai.reports.evaluation import compare_runs, comparison_markdown, write_comparison

    comparison = compare_runs(options.runs)
    text = comparison_markdown(comparison) if options.output is None else write_comparison(comparison, options.output)
    sys.stdout.write(text + "\n")
