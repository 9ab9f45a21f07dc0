"""``results.json``: all figures, scores and curves of an evaluation, to be read back and compared.

Keys beside those of :class:`~acd_monai.reports.evaluation.EvaluationResult`: ``format``, ``notice``, ``marks`` (what
must be known before a figure is quoted) and ``versions``. ``null`` means undefined. Examples are in the pictures only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from acd_monai.errors import InputError
from acd_monai.reports.evaluation.marks import find_marks
from acd_monai.reports.evaluation.result import ClassResult, Curve, EvaluationResult, Figure, ImageScore
from acd_monai.reports.plain_json import to_plain, write_json
from acd_monai.reports.summary import NOTICE
from acd_monai.reports.versions import find_versions

__all__ = ["RESULTS_JSON", "read_evaluation", "write_results_json"]

RESULTS_JSON = "results.json"
FORMAT = 1
DECIMALS = 6
"""Of the points of curves, which are only drawn."""


def write_results_json(result: EvaluationResult, path: Path | str) -> None:
    """Write everything but the examples.

    Raises:
        OutputError: The file cannot be written.
        TypeError: ``model``, ``protocol`` or ``training`` holds a value that JSON has no word for.
    """
    content = {
        "format": FORMAT,
        "notice": NOTICE,
        "marks": [mark.sentence for mark in find_marks(result)],
        "benchmark": result.benchmark,
        "title": result.title,
        "split": result.split,
        "mean": _figures_to_json(result.mean),
        "classes": [_class_to_json(item) for item in result.classes],
        "model": result.model,
        "protocol": result.protocol,
        "training": result.training,
        "overlap": result.overlap,
        "warnings": result.warnings,
        "published": result.published,
        "versions": find_versions(),
    }
    write_json(to_plain(content), path)


def read_evaluation(path: Path | str) -> EvaluationResult:
    """Read back what was written, without examples.

    Args:
        path: the file, or the folder it lies in.

    Raises:
        InputError: The file is missing, unreadable, of another format, or not such a file at all.
    """
    path = Path(path)
    path = path / RESULTS_JSON if path.is_dir() else path
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"no {RESULTS_JSON} at {path}; pass the output folder of an evaluation") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; pass a {RESULTS_JSON} that can be read") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON ({error}); evaluate again") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise InputError(f"{path} has format {found!r}; wanted {FORMAT}. Evaluate again with this version.")
    try:
        return _result_of_json(content)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"{type(error).__name__}: {error}"
        raise InputError(f"{path} is not a whole {RESULTS_JSON} ({what}); evaluate again") from error


def _class_to_json(item: ClassResult) -> dict[str, Any]:
    return {
        "class_name": item.class_name,
        "noun": item.noun,
        "images": item.images,
        "abnormal": item.abnormal,
        "cases": item.cases,
        "with_masks": item.with_masks,
        "figures": _figures_to_json(item.figures),
        "curves": {
            name: {"x": np.round(curve.x, DECIMALS), "y": np.round(curve.y, DECIMALS)}
            for name, curve in item.curves.items()
        },
        "scores": [score._asdict() for score in item.scores],
    }


def _figures_to_json(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure._asdict() for name, figure in figures.items()}


def _result_of_json(content: Mapping[str, Any]) -> EvaluationResult:
    training = content["training"]
    return EvaluationResult(
        benchmark=str(content["benchmark"]),
        title=str(content["title"]),
        split=str(content["split"]),
        classes=[_class_of_json(item) for item in content["classes"]],
        mean=_figures_of_json(content["mean"]),
        examples=[],
        model=_model_of_json(content["model"]),
        protocol=dict(content["protocol"]),
        training=None if training is None else dict(training),
        overlap=[str(image) for image in content["overlap"]],
        warnings=[str(line) for line in content["warnings"]],
        published={
            str(name): {figure: float(value) for figure, value in figures.items()}
            for name, figures in content["published"].items()
        },
    )


def _model_of_json(model: Mapping[str, Any]) -> dict[str, Any]:
    parts = ("settings", "weights", "backbone_weights")
    return {**model, **{part: dict(model[part]) for part in parts if part in model}}


def _class_of_json(item: Mapping[str, Any]) -> ClassResult:
    return ClassResult(
        class_name=str(item["class_name"]),
        noun=str(item["noun"]),
        images=int(item["images"]),
        abnormal=int(item["abnormal"]),
        cases=int(item["cases"]),
        with_masks=int(item["with_masks"]),
        figures=_figures_of_json(item["figures"]),
        scores=[
            ImageScore(str(row["image"]), str(row["case"]), int(row["label"]), _number(row["score"]))
            for row in item["scores"]
        ],
        curves={str(name): Curve(_points(curve["x"]), _points(curve["y"])) for name, curve in item["curves"].items()},
    )


def _figures_of_json(figures: Mapping[str, Any]) -> dict[str, Figure]:
    return {
        str(name): Figure(**{field: _number(figure[field]) for field in Figure._fields})
        for name, figure in figures.items()
    }


def _points(values: list[float | None]) -> np.ndarray:
    return np.asarray([_number(value) for value in values], dtype=np.float64)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
