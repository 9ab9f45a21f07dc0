"""Volumes to slices to batches to volumes, and videos to frames to a score timeline."""

from __future__ import annotations

from acd_monai.inferers.evaluation_grid import EvaluationGrid
from acd_monai.inferers.kept_squares import KeptSquares
from acd_monai.inferers.references import read_references
from acd_monai.inferers.slice_inferer import ScoredSlices, SliceAnomalyInferer, VolumePrediction
from acd_monai.inferers.top_frames import TopFrame
from acd_monai.inferers.video_inferer import VideoAnomalyInferer, VideoPrediction

__all__ = [
    "EvaluationGrid",
    "KeptSquares",
    "ScoredSlices",
    "SliceAnomalyInferer",
    "TopFrame",
    "VideoAnomalyInferer",
    "VideoPrediction",
    "VolumePrediction",
    "read_references",
]
