"""``acd-monai evaluate`` and ``compare``: figures on a labelled data set, and several runs in one table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from acd_monai.commands.options import (
    THRESHOLD_HELP,
    THRESHOLDS_HELP,
    add_model_options,
    add_running_options,
    given,
)
from acd_monai.errors import ConfigError

__all__ = ["add_compare", "add_evaluate"]

EXAMPLES = """examples:
  acd-monai evaluate bmad_brain --data BMAD --backbone vit_l_14_336 --weights adapter_20.pth -o runs/brain
  acd-monai evaluate mvtec --data mvtec_anomaly_detection --resolution native
  acd-monai evaluate folder --data my_pictures --domain industrial --noun "metal nut"
  acd-monai evaluate volumes --data my_scans --domain liver_ct
  acd-monai evaluate manifest --data ROOT --manifest list.jsonl --domain colonoscopy
  acd-monai compare runs/brain runs/brain_n2 -o comparison
Under torchrun each process scores its share: torchrun --nproc_per_node 4 -m acd_monai evaluate ..."""


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
    add = evaluate.add_argument
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
    add_model_options(evaluate)
    add("--noun", help="what the images show, in words, where the data set does not say (default: the domain's)")
    add("--resolution", help="network (default): masks resized as the authors do; native: maps on the mask's own grid")
    add("--pixel-metrics", help="streaming (default): constant memory, with an error bound; exact: all pixels kept")
    add("--mask-labels", type=int, nargs="+", metavar="VALUE", help="mask values that count (default: all but 0)")
    add("--threshold", type=float, help=THRESHOLD_HELP)
    add("--thresholds", metavar="FILE", help=THRESHOLDS_HELP)
    add("--bootstrap", type=int, metavar="DRAWS", help="resamplings for the intervals (default: 1000; 0: none)")
    add("--seed", type=int, help="of the bootstrap (default: 0)")
    add("--allow-overlap", action="store_true", help="evaluate on images of the training set; the report is marked")
    add_running_options(evaluate)
    evaluate.set_defaults(run=_evaluate)


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
    from acd_monai.bundle import compose, domain_of_dataset, run_bundle  # torch and MONAI take seconds to import

    domain = options.domain or domain_of_dataset(options.dataset)
    if domain is None:
        raise ConfigError(f"data set {options.dataset!r} is your own; say how to read it with --domain")
    settings = given(
        options,
        *("manifest", "split", "noun", "resolution", "pixel_metrics", "mask_labels", "threshold", "thresholds"),
        *("bootstrap", "seed"),
        dataset_dir=options.data,
        output_dir=options.output or str(Path("evaluation", options.dataset)),
        allow_overlap=options.allow_overlap or None,
    )
    files = compose(domain, options.method, options.backbone, workflow="evaluate", dataset=options.dataset)
    run_bundle(files, settings)


def _compare(options: argparse.Namespace) -> None:
    from acd_monai.reports import written_whole
    from acd_monai.reports.evaluation import compare_runs, comparison_csv, comparison_html, comparison_markdown

    comparison = compare_runs(options.runs)
    text = comparison_markdown(comparison)
    if options.output is not None:
        pages = {"md": text, "csv": comparison_csv(comparison), "html": comparison_html(comparison)}
        for ending, content in pages.items():
            with written_whole(options.output / f"comparison.{ending}") as part:
                part.write_text(content, encoding="utf-8")
    sys.stdout.write(text + "\n")
