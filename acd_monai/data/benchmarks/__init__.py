"""Benchmark data sets and one's own: folders and manifests to labelled samples."""

from __future__ import annotations

from acd_monai.data.benchmarks.benchmark import Benchmark
from acd_monai.data.benchmarks.manifest import read_manifest, write_manifest
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample, check_masks, has_pixel_labels
from acd_monai.data.benchmarks.training_record import TrainingRecord, content_digests

__all__ = [
    "ABNORMAL",
    "NORMAL",
    "Benchmark",
    "Sample",
    "TrainingRecord",
    "check_masks",
    "content_digests",
    "has_pixel_labels",
    "read_manifest",
    "write_manifest",
]
