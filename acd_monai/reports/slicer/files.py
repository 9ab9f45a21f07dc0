"""What the files of a scene are called, beside each other in the output folder and inside the one-file bundle."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

__all__ = ["SCENE_ENDINGS", "SceneFiles", "bundle_files", "scene_file_names"]


SCENE_ENDINGS = {
    "slicer_image": "_scene_image.nrrd",
    "slicer_map": "_anomaly.nrrd",
    "slicer_findings": "_findings.seg.nrrd",
    "slicer_peaks": "_peaks.mrk.json",
    "slicer_scene": ".mrml",
    "slicer_bundle": ".mrb",
}
"""Role and what follows the case's name. Without findings there are no ``slicer_findings`` and ``slicer_peaks``, and
no ``slicer_map`` where the scene shows the NIfTI map."""


class SceneFiles(NamedTuple):
    """File names, relative to the scene's folder; findings and peaks are empty where there are none."""

    image: str
    anomaly_map: str
    findings: str = ""
    peaks: str = ""


def scene_file_names(case: str) -> dict[str, str]:
    """Return role and file name of all that may be written for a scene."""
    return {role: f"{case}{ending}" for role, ending in SCENE_ENDINGS.items()}


def bundle_files(files: SceneFiles) -> SceneFiles:
    """Return the names inside the bundle: ASCII, since systems differ in how a zip says other letters."""
    ending = "".join(PurePath(files.anomaly_map).suffixes[-2:]) if files.anomaly_map.endswith(".gz") else ".nrrd"
    return SceneFiles(
        "image.nrrd",
        f"anomaly_map{ending}",
        "findings.seg.nrrd" if files.findings else "",
        "peaks.mrk.json" if files.peaks else "",
    )
