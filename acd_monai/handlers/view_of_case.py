"""From what was computed for a case to the view of it that all its outputs are written from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from monai.utils.enums import CommonKeys as Keys

from acd_monai.handlers.case_result import CaseResult
from acd_monai.handlers.video_result import VideoResult
from acd_monai.reports import CaseSummary, Threshold
from acd_monai.reports.outputs import CaseView, Picture

__all__ = ["view_of_case"]


def view_of_case(
    item: Mapping[str, Any],
    result: CaseResult | VideoResult,
    *,
    threshold: Threshold,
    domain: str,
    modalities: Sequence[str],
    model: Mapping[str, Any],
    fingerprint: Mapping[str, str],
    with_patient: bool,
) -> CaseView:
    """Return everything that is to be told of a case; no file is written yet.

    Args:
        item: ``case``, and of a case that :func:`acd_monai.data.find_cases` listed its ``image`` and ``source``.
        result: what was computed.
        threshold: voxels at or above it form components.
        domain: what was scanned.
        modalities: that belong to the domain; another one is a warning. Empty: any.
        model: as :meth:`acd_monai.networks.AnomalyDetector.describe` gives it.
        fingerprint: for the summary.
        with_patient: whether a person may be named.

    Raises:
        GeometryError: the map is not on the source's grid.
    """
    anomaly_map, source, scores = result.anomaly_map(), result.source(), result.slice_scores()
    alert = model["caution"]
    noticed = [*result.warnings()]
    if source.modality and modalities and source.modality not in modalities:
        noticed.insert(0, f"modality is {source.modality}; domain {domain} is made for {' or '.join(modalities)}")
    summary = CaseSummary(
        case=item["case"],
        case_score=np.nanmax(scores.scores) if np.isfinite(scores.scores).any() else math.nan,
        threshold=threshold,
        slices=scores,
        components=result.components(anomaly_map, threshold.value),
        source=source,
        domain=domain,
        model=model,
        seconds=math.nan,
        warnings=[*([alert] if alert else []), *noticed],
        video=result.facts(),
        fingerprint=fingerprint,
    )
    return CaseView(
        summary=summary,
        anomaly_map=anomaly_map,
        draw=_once(result.picture),
        noticed=noticed,
        alert=alert,
        timeline=result.timeline(),
        locator=item.get(Keys.IMAGE),
        scanned=item.get("source", ""),
        with_patient=with_patient,
    )


def _once(make: Callable[[], Picture]) -> Callable[[], Picture]:
    """Return a function that makes the picture when first called and keeps it; threads wait for each other."""
    lock = Lock()
    made: list[Picture] = []

    def get() -> Picture:
        with lock:
            if not made:
                made.append(make())
        return made[0]

    return get
