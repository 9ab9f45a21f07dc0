"""What must be known before a figure is quoted: it stands at every table and picture, however they are copied on."""

from __future__ import annotations

from typing import NamedTuple

from acd_monai.reports.evaluation.result import EvaluationResult

__all__ = ["Mark", "find_marks", "marks_in_full", "marks_loud"]


class Mark(NamedTuple):
    """A reason not to take the figures at their word.

    Attributes:
        short: a few words for a table's cell.
        sentence: what is the matter.
    """

    short: str
    sentence: str


def find_marks(result: EvaluationResult) -> tuple[Mark, ...]:
    """Return what an evaluation must be marked with, the gravest first; empty when there is nothing."""
    return (*_trained_on_the_test(result), *_untrained(result), *_unknown_training(result))


def marks_loud(result: EvaluationResult) -> str | None:
    """Return all marks in capitals, for every table and picture; None when there is none."""
    return "; ".join(mark.short for mark in find_marks(result)).upper() or None


def marks_in_full(result: EvaluationResult) -> str | None:
    """Return all marks with what they mean, for the top of a report; None when there is none."""
    return " ".join(f"{mark.short.upper()}: {mark.sentence}" for mark in find_marks(result)) or None


def _trained_on_the_test(result: EvaluationResult) -> list[Mark]:
    count = len(result.overlap)
    if not count:
        return []
    images = "1 image that is" if count == 1 else f"{count} images that are"
    return [
        Mark(
            "evaluated on training images",
            f"the evaluation was forced on {images} in the training set too, so the figures do not say how well "
            "unseen images are done.",
        )
    ]


def _untrained(result: EvaluationResult) -> list[Mark]:
    if result.model.get("trained", False):
        return []
    parts = {"backbone_weights": "the backbone", "weights": "the method"}
    named = [said for key, said in parts.items() if not result.model.get(key, {}).get("trained", False)]
    which = " and ".join(named) or "the model"
    return [Mark("untrained weights", f"{which} had no trained weights, so the figures mean nothing.")]


def _unknown_training(result: EvaluationResult) -> list[Mark]:
    trained = result.model.get("weights", {}).get("trained", False)
    known = result.training is not None and result.training.get("complete", True)
    if known or not trained:
        return []
    return [
        Mark(
            "training data unknown",
            "nothing records all that the weights were trained on, so these images may have been among it.",
        )
    ]
