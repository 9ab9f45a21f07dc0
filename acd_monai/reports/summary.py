"""``summary.json``: one case in numbers, for a program to read and a person to check.

Keys, in this order (``null`` means undefined or not known, never zero):

- ``notice``: what the file must not be used for.
- ``case``: name of the case. ``case_score``: number in [0, 1].
- ``threshold``: number in [0, 1]; a voxel belongs to a component at or above it. ``threshold_source``: in words.
- ``slices``: ``plane`` (``axial``, …), ``source_axis`` (0, 1, 2: the axis of the source array that slices are counted
  along), ``scores`` (one number a slice, null where not scored), ``skipped`` (how many are null).
- ``most_anomalous_slices``: list of ``index`` (along ``source_axis``, from 0), ``score``, ``position_mm`` (centre of
  the slice, RAS+ millimetres; absent for a frame).
- ``component_count``, ``total_volume_mm3`` (frame: ``total_area_px``): over all components, listed or not.
- ``components``: highest peak first. Volume: ``voxels``, ``volume_mm3``, ``centroid_mm``, ``centroid_voxel``,
  ``peak``, ``peak_voxel``, ``peak_mm``. Frame: ``area_px``, ``centroid_px``, ``peak``, ``peak_px``, points as
  ``[column, row]`` from 0; video also ``slice``. Millimetres are RAS+, voxels are ``[i, j, k]`` of the source array.
- ``model``: ``method``, ``settings``, ``backbone``, ``weights``, ``weights_sha256``, ``trained`` as the caller gave.
- ``domain``: name of the domain.
- ``source``: ``modality``, ``kind`` (``volume``, ``frame`` or ``video``), ``shape`` ``[I, J, K]``, ``affine``
  (4 rows of 4), ``voxel_size_mm`` (absent for a frame, which has no millimetres).
- ``video`` (only of a video; its map is the top frames as slices, in the order of time): ``codec``, ``file_fps``
  (average, by the header), ``fps`` (asked for), ``duration_s``, ``frames_scored``, ``frames_skipped`` (too dark),
  ``top_frames``: list of ``slice`` (of the map, from 0), ``time_s``, ``frame_index`` (of the file, from 0), ``score``.
- ``fingerprint``: ``version``, ``model``, ``settings``, ``source``: hashes of all that the outputs depend on; a
  later run skips the case while they are the same.
- ``versions``: package name to version. ``warnings``: list of lines. ``seconds``: time taken.
- ``outputs``: role to file name, relative to the summary's folder. ``outputs_asked_for``: names of the kinds of output
  that were asked for; one that could not be made of this case is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from acd_monai.data.volume import Volume
from acd_monai.reports.components import Component, Components
from acd_monai.reports.plain_json import to_plain, write_json
from acd_monai.reports.slice_ranking import find_top_slices
from acd_monai.reports.threshold_file import Threshold
from acd_monai.reports.versions import find_versions

__all__ = ["NOTICE", "SUMMARY_ENDING", "CaseSummary", "SliceScores", "Source", "summary_to_json", "write_summary"]

NOTICE = "Research use only, not for diagnosis."

SUMMARY_ENDING = "_summary.json"
"""A summary's file name is its case's name and this."""


@dataclass(frozen=True)
class SliceScores:
    """Scores of all slices of one case.

    Attributes:
        plane: ``"axial"``, ``"coronal"``, ``"sagittal"`` or the domain's own word.
        source_axis: Axis of the source array that slices are counted along, 0 to 2.
        scores: One a slice, in [0, 1], NaN where the slice was not scored.
    """

    plane: str
    source_axis: int
    scores: Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Source:
    """What was scored, whatever its file format.

    Attributes:
        modality: DICOM modality, empty when not known.
        kind: ``"volume"``, ``"frame"`` or ``"video"``.
        shape: ``(I, J, K)``.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres; of a frame, its pixel grid.
    """

    modality: str
    kind: str
    shape: tuple[int, int, int]
    affine: np.ndarray

    @classmethod
    def of(cls, volume: Volume) -> Source:
        """Describe what a reader returned, without keeping its voxels."""
        _, i, j, k = volume.array.shape
        return cls(modality=volume.modality, kind=volume.kind, shape=(i, j, k), affine=volume.affine)


@dataclass(frozen=True)
class CaseSummary:
    """All that ``summary.json`` says; see the module for units and ranges."""

    case: str
    case_score: float
    threshold: Threshold
    slices: SliceScores
    components: Components
    source: Source
    domain: str
    model: Mapping[str, Any]
    seconds: float
    warnings: Sequence[str] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    outputs_asked_for: Sequence[str] = ()
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    video: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str | None] = field(default_factory=find_versions)


def summary_to_json(summary: CaseSummary) -> dict[str, Any]:
    """Return the summary as plain Python values, keys in the documented order, NaN and infinity as None."""
    source, slices = summary.source, summary.slices
    is_frame = source.kind in ("frame", "video")  # pixels, no millimetres
    scores = np.asarray(slices.scores)
    top = [
        {"index": item.index, "score": item.score} | ({} if is_frame else {"position_mm": item.position_mm})
        for item in find_top_slices(scores, slices.source_axis, source.shape, source.affine)
    ]
    total = (
        {"total_area_px": round(summary.components.total_volume_mm3 / _voxel_volume(source.affine))}
        if is_frame
        else {"total_volume_mm3": summary.components.total_volume_mm3}
    )
    describe = {"frame": _describe_in_pixels, "video": _describe_in_frame}.get(source.kind, _describe_in_mm)
    size = {} if is_frame else {"voxel_size_mm": np.linalg.norm(np.asarray(source.affine)[:3, :3], axis=0)}
    return to_plain(
        {
            "notice": NOTICE,
            "case": summary.case,
            "case_score": summary.case_score,
            "threshold": summary.threshold.value,
            "threshold_source": summary.threshold.source,
            "slices": {
                "plane": slices.plane,
                "source_axis": slices.source_axis,
                "scores": scores,
                "skipped": int(np.count_nonzero(~np.isfinite(scores))),
            },
            "most_anomalous_slices": top,
            "component_count": summary.components.total,
            **total,
            "components": [describe(item) for item in summary.components.items],
            "model": summary.model,
            "domain": summary.domain,
            "source": {
                "modality": source.modality or None,
                "kind": source.kind,
                "shape": source.shape,
                "affine": source.affine,
                **size,
            },
            **({"video": summary.video} if summary.video else {}),
            "fingerprint": summary.fingerprint,
            "versions": summary.versions,
            "warnings": summary.warnings,
            "seconds": summary.seconds,
            "outputs": summary.outputs,
            "outputs_asked_for": summary.outputs_asked_for,
        }
    )


def write_summary(summary: CaseSummary, path: Path | str) -> dict[str, Any]:
    """Write the summary as indented UTF-8 JSON.

    Returns:
        What was written.

    Raises:
        AcdMonaiError: The file cannot be written.
        TypeError: ``model`` or another mapping holds a value that JSON has no word for.
    """
    content = summary_to_json(summary)
    write_json(content, path)
    return content


def _describe_in_mm(item: Component) -> dict[str, Any]:
    return item._asdict()


def _describe_in_pixels(item: Component) -> dict[str, Any]:
    return {
        "area_px": item.voxels,
        "centroid_px": item.centroid_voxel[:2],
        "peak": item.peak,
        "peak_px": item.peak_voxel[:2],
    }


def _describe_in_frame(item: Component) -> dict[str, Any]:
    return {"slice": item.peak_voxel[2], **_describe_in_pixels(item)}


def _voxel_volume(affine: np.ndarray) -> float:
    return abs(float(np.linalg.det(np.asarray(affine, dtype=np.float64)[:3, :3])))
