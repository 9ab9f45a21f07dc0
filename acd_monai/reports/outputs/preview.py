"""``preview``: the top slices as one picture; of a video its top frames and its scores over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.preview import write_preview
from acd_monai.reports.timeline import write_timeline_csv, write_timeline_plot

__all__ = ["PREVIEW"]


def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    picture, threshold = view.picture, view.summary.threshold.value
    notes = [view.model_line, *view.noticed]
    write_preview(
        paths["preview"],
        picture.image,
        picture.anomaly_map,
        picture.scores,
        picture.labels,
        picture.pixel_size,
        view.title,
        threshold,
        notes=notes,
        alert=view.alert,
        orientation_letters=picture.letters,
        chosen=picture.chosen,
        timeline=view.timeline,
    )
    if view.timeline is None:
        return ("preview",)
    write_timeline_plot(view.timeline, paths["timeline"], view.title, threshold, notes=notes, alert=view.alert)
    write_timeline_csv(view.timeline, paths["timeline_csv"])
    return ("preview", "timeline", "timeline_csv")


PREVIEW = CaseOutput(
    "preview", {"preview": "_preview.png", "timeline": "_timeline.png", "timeline_csv": "_timeline.csv"}, _write
)
