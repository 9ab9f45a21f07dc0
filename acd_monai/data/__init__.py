"""Reading studies and data sets, and the sentences they are compared with."""

from __future__ import annotations

from acd_monai.data.benchmarks import (
    ABNORMAL,
    NORMAL,
    Benchmark,
    Sample,
    TrainingRecord,
    check_masks,
    content_digests,
    has_pixel_labels,
    read_manifest,
    write_manifest,
)
from acd_monai.data.cached_dataset import CachedDataset
from acd_monai.data.case_dataset import CaseDataset
from acd_monai.data.cases import Scan, find_cases, scan_inputs
from acd_monai.data.dicom import LeftOut
from acd_monai.data.epoch_sampler import EpochSampler
from acd_monai.data.frames import read_frame_labels
from acd_monai.data.image_cache import CachedSample, ImageCache, make_cache_key
from acd_monai.data.prompts import PromptEnsemble, Sentences, choose_prompts
from acd_monai.data.read_ahead import ReadAheadLoader
from acd_monai.data.reader import StudyReader, read_volume
from acd_monai.data.sample_dataset import FileBatches, SampleDataset, sample_items, share_of_this_process
from acd_monai.data.selection import Selection
from acd_monai.data.study import Study, read_study
from acd_monai.data.video import Video, VideoFrame
from acd_monai.data.volume import Volume

__all__ = [
    "ABNORMAL",
    "Benchmark",
    "CachedDataset",
    "CachedSample",
    "CaseDataset",
    "EpochSampler",
    "FileBatches",
    "ImageCache",
    "LeftOut",
    "NORMAL",
    "PromptEnsemble",
    "ReadAheadLoader",
    "Sample",
    "SampleDataset",
    "Scan",
    "Selection",
    "Sentences",
    "Study",
    "StudyReader",
    "TrainingRecord",
    "Video",
    "VideoFrame",
    "Volume",
    "check_masks",
    "choose_prompts",
    "content_digests",
    "find_cases",
    "has_pixel_labels",
    "make_cache_key",
    "read_manifest",
    "read_study",
    "read_frame_labels",
    "read_volume",
    "sample_items",
    "scan_inputs",
    "share_of_this_process",
    "write_manifest",
]
