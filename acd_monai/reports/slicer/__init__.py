"""A 3D Slicer scene for each case: image, map, findings and their peaks, opened on the top finding."""

from __future__ import annotations

from acd_monai.reports.slicer.files import SCENE_ENDINGS, scene_file_names
from acd_monai.reports.slicer.window import display_window
from acd_monai.reports.slicer.writer import write_slicer_scene

__all__ = ["SCENE_ENDINGS", "display_window", "scene_file_names", "write_slicer_scene"]
