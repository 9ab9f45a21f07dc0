"""Measure the embedded model on phantoms and textures that no training saw, beside other methods and two baselines.

Writes test sets, runs the bundles' evaluate workflows on them, and prints a table: pixel and image AUROC with the
95 % interval of a bootstrap over cases. Methods that train are trained on the embedded model's own industrial pictures
when their weights are given.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

from embedded.tests_on_phantoms import PHANTOM_TESTS, PhantomTest

from acd_monai.bundle import METHODS, compose, run_bundle
from acd_monai.networks.shipped import SHIPPED_TAG
from acd_monai.reports.evaluation import EvaluationResult, read_evaluation

BASELINES = {"intensity_outlier": "IntensityOutlier", "patch_distance": "PatchDistance"}
FIGURES = ("pixel_auroc", "image_auroc")


def main() -> None:
    """Read the command line, run everything, write and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("output", type=Path, help="folder of test sets and evaluations")
    add("--tests", nargs="+", choices=PHANTOM_TESTS, default=list(PHANTOM_TESTS), help="default: all")
    add("--methods", nargs="+", choices=[*METHODS, *BASELINES], default=["acd_clip", *BASELINES], help="default: ours")
    add("--method-weights", nargs="+", default=[], metavar="METHOD=FILE", help="of other methods that train")
    add("--cases", type=int, default=200, help="pictures of each test (default: %(default)s)")
    add("--bootstrap", type=int, default=1000, help="draws (default: %(default)s)")
    options = parser.parse_args()
    weights = dict(pair.split("=", 1) for pair in options.method_weights)
    rows = []
    for name in options.tests:
        test, folder = PHANTOM_TESTS[name], options.output / name
        root = _write_once(test, folder, options.cases)
        for method in options.methods:
            result = _evaluate(test, root, folder / method, method, weights.get(method), options.bootstrap)
            rows.append([test.title, method, *(_text(result, figure) for figure in FIGURES)])
            sys.stdout.write(" | ".join(rows[-1]) + "\n")
            sys.stdout.flush()
    with (options.output / "figures.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["test", "method", *FIGURES], *rows])


def _write_once(test: PhantomTest, folder: Path, cases: int) -> Path:
    """Return the data set's root folder, written unless it is there."""
    note = folder / f"root_of_{cases}.txt"
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        note.write_text(str(test.write(folder / f"data_{cases}", cases)), encoding="utf-8")
    return Path(note.read_text(encoding="utf-8"))


def _evaluate(
    test: PhantomTest, root: Path, output: Path, method: str, weights: str | None, draws: int
) -> EvaluationResult:
    """Run one evaluation, unless it is there already."""
    if not (output / "report.html").exists():
        files = compose(test.domain, method if method in METHODS else None, workflow="evaluate", dataset=test.dataset)
        if method in BASELINES:
            overlay = output.with_suffix(".json")
            overlay.write_text(json.dumps(_baseline(method)), encoding="utf-8")
            files.append(overlay)
        settings: dict[str, Any] = {"dataset_dir": str(root), "output_dir": str(output), "bootstrap": draws}
        if method in METHODS:
            settings["backbone_weights"] = SHIPPED_TAG
        run_bundle(files, settings | ({"weights": weights} if weights else {}))
    return read_evaluation(output)


def _baseline(method: str) -> dict[str, Any]:
    network = {"_target_": f"embedded.baselines.{BASELINES[method]}", "backbone": "@backbone"}
    return {"weights": None, "network": network}


def _text(result: EvaluationResult, figure: str) -> str:
    value = result.mean[figure]
    return f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"


if __name__ == "__main__":
    main()
