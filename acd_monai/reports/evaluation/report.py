"""What the report of an evaluation says: figures first, then pictures, then all that they depend on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.reports.evaluation.document import Document, Facts, Lines, Picture, Section
from acd_monai.reports.evaluation.marks import marks_in_full
from acd_monai.reports.evaluation.naming import UNDEFINED, method_text, percent, settings_text, value_text
from acd_monai.reports.evaluation.result import FIGURES, EvaluationResult
from acd_monai.reports.evaluation.tables import class_table, figure_tables
from acd_monai.reports.summary import NOTICE
from acd_monai.reports.versions import find_versions

__all__ = ["Pictures", "evaluation_document"]

MOST_IMAGES_NAMED = 20


class Pictures(NamedTuple):
    """Where the pictures lie."""

    curves: Path
    histograms: Path
    montage: Path


def evaluation_document(result: EvaluationResult, pictures: Pictures) -> Document:
    """Compose the report."""
    sections = [
        Section("Results", (*figure_tables(result), Lines(tuple(_reading_notes(result))))),
        Section("Curves", (Picture(pictures.curves, _curves_alt(result)),)),
        Section("Image scores", (Picture(pictures.histograms, _histograms_alt(result)),)),
        Section("Examples", (Picture(pictures.montage, _montage_alt(result)),)),
        Section("Data", (_facts({"benchmark": result.benchmark, "split": result.split}), class_table(result))),
        Section("Protocol", (_facts(result.protocol),)),
        Section("Model", (_model(result.model),)),
        Section("Training data", (_training(result),)),
        *_optional("Images shared with the training set", _overlap(result.overlap)),
        *_optional("Warnings", result.warnings),
        Section("Versions", (Facts(tuple((name, value_text(found)) for name, found in find_versions().items())),)),
    ]
    title = f"{result.title} ({result.split}): {method_text(result.model)}"
    return Document(title, marks_in_full(result), tuple(sections), NOTICE)


def _reading_notes(result: EvaluationResult) -> list[str]:
    notes = [
        "[low, high] is the 95 % interval by bootstrap over cases.",
        f"{UNDEFINED} is undefined, and left out of the mean.",
    ]
    if result.published:
        notes.append("Published rows are the authors' own figures; mean − published is in percentage points.")
    bounds = _error_bounds(result)
    if bounds:
        said = ", ".join(f"{FIGURES[name]} {100 * bound:.2g}" for name, bound in bounds.items())
        notes.append(f"Computed in constant memory; percentage points from the exact figure, at most: {said}.")
    return notes


def _error_bounds(result: EvaluationResult) -> dict[str, float]:
    """Return the greatest bound of every figure that is not exact."""
    groups = [*(item.figures for item in result.classes), result.mean]
    greatest = {
        name: max((group[name].error_bound for group in groups if name in group), default=0.0) for name in FIGURES
    }
    return {name: bound for name, bound in greatest.items() if bound > 0}


def _facts(values: Mapping[str, Any]) -> Facts:
    return Facts(tuple((name.replace("_", " "), value_text(value)) for name, value in values.items()))


def _model(model: Mapping[str, Any]) -> Facts:
    return Facts(
        (
            ("method", method_text(model)),
            ("settings", settings_text(model.get("settings", {})) or UNDEFINED),
            ("weights", _weights(model.get("weights", {}))),
            ("backbone", value_text(model.get("backbone"))),
            ("backbone weights", _weights(model.get("backbone_weights", {}))),
            ("image size", value_text(model.get("image_size"))),
        )
    )


def _weights(provenance: Mapping[str, Any]) -> str:
    trained = "" if provenance.get("trained", False) else ", untrained"
    return f"{value_text(provenance.get('source'))}, SHA-256 {value_text(provenance.get('sha256'))}{trained}"


def _training(result: EvaluationResult) -> Facts | Lines:
    if result.training is None:
        return Lines(("Not known: nothing records what the weights were trained on.",))
    return _facts(result.training)


def _optional(heading: str, lines: list[str]) -> list[Section]:
    return [Section(heading, (Lines(tuple(lines)),))] if lines else []


def _overlap(images: list[str]) -> list[str]:
    more = len(images) - MOST_IMAGES_NAMED
    return images[:MOST_IMAGES_NAMED] + ([f"and {more} more, in results.json"] if more > 0 else [])


def _curves_alt(result: EvaluationResult) -> str:
    means = ", ".join(
        f"{FIGURES[name]} {percent(result.mean[name].value)} %"
        for name in ("image_auroc", "image_ap", "pixel_auroc", "pixel_ap")
        if name in result.mean and math.isfinite(result.mean[name].value)
    )
    return f"ROC and precision–recall curves of images and pixels, a line a class; means: {means or UNDEFINED}."


def _histograms_alt(result: EvaluationResult) -> str:
    return f"Histograms of the image scores, normal against abnormal, a panel a class, {len(result.classes)} in all."


def _montage_alt(result: EvaluationResult) -> str:
    titles = "; ".join(example.title for example in result.examples)
    return f"Images with the mask's outline and the anomaly map: {titles}." if titles else "No example was kept."
