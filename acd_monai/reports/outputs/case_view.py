"""One scored case as every writer of an output sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from acd_monai.reports.overlay import OrientationLetters
from acd_monai.reports.summary import CaseSummary
from acd_monai.reports.timeline import Timeline

__all__ = ["CaseView", "Picture"]


class Picture(NamedTuple):
    """The scored slices, or a video's top frames, as one looks at them; slices in the order of the source's own axis.

    Attributes:
        image: ``(C, R, W, K)`` in [0, 1], one grey or three colour channels, rows downwards, columns to the right.
        anomaly_map: ``(R, W, K)`` in [0, 1].
        affine: ``(4, 4)``, index ``(row, column, slice)`` to RAS+ millimetres; of frames, see ``data/affine.py``.
        scores: ``(K,)`` in [0, 1], NaN where a slice was not scored.
        labels: ``K`` short texts, ``"slice 17"``.
        pixel_size: distance between rows, between columns; millimetres, or ``(1, 1)`` for frames.
        letters: patient directions at the edges; None for frames.
        chosen: slices worth showing; None: whichever score high.
    """

    image: np.ndarray
    anomaly_map: np.ndarray
    affine: np.ndarray
    scores: np.ndarray
    labels: Sequence[str]
    pixel_size: tuple[float, float]
    letters: OrientationLetters | None = None
    chosen: Sequence[int] | None = None


@dataclass(frozen=True)
class CaseView:
    """What was found in one case, and in what.

    Attributes:
        summary: all numbers and names; its ``outputs`` are those written so far.
        anomaly_map: ``(I, J, K)`` in [0, 1] on the source's grid, which ``summary.source`` describes.
        draw: gives the picture; made when first asked for, and once, whichever thread asks.
        noticed: warnings, without the alert.
        alert: what must not be overlooked, or None.
        timeline: of a video, scores over time.
        locator: what was read, see :func:`acd_monai.data.read_volume`; None when not known.
        scanned: what was read, in a few words without patient data; may be empty.
        with_patient: whether a person may be named in outputs that are read by people.
    """

    summary: CaseSummary
    anomaly_map: np.ndarray
    draw: Callable[[], Picture]
    noticed: Sequence[str] = ()
    alert: str | None = None
    timeline: Timeline | None = None
    locator: str | Sequence[str] | None = None
    scanned: str = ""
    with_patient: bool = False

    @property
    def picture(self) -> Picture:
        """Return the slices to look at."""
        return self.draw()

    @property
    def title(self) -> str:
        """Return what stands above a picture."""
        return f"{self.summary.case} · {self.summary.domain}"

    @property
    def model_line(self) -> str:
        """Say in a line what scored the case."""
        model = self.summary.model
        where = f"{model['method']} on backbone {model['backbone']}, {model['image_size']} px"
        return f"{where} · noun '{model['nouns'][0]}'"
