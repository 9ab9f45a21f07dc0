"""Volumes to slices to batches to volumes."""

from __future__ import annotations

from acd_monai.inferers.slice_inferer import SliceAnomalyInferer, VolumePrediction

__all__ = ["SliceAnomalyInferer", "VolumePrediction"]
