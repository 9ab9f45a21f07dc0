"""Reading studies, and the sentences they are compared with."""

from __future__ import annotations

from acd_monai.data.case_dataset import CaseDataset
from acd_monai.data.cases import Scan, find_cases, scan_inputs
from acd_monai.data.dicom import LeftOut
from acd_monai.data.image_cache import CachedSample, ImageCache, make_cache_key
from acd_monai.data.prompts import PromptEnsemble, Sentences
from acd_monai.data.read_ahead import ReadAheadLoader
from acd_monai.data.reader import StudyReader, read_volume
from acd_monai.data.selection import Selection
from acd_monai.data.study import Study, read_study
from acd_monai.data.video import Video, VideoFrame
from acd_monai.data.volume import Volume

__all__ = [
    "CachedSample",
    "CaseDataset",
    "ImageCache",
    "LeftOut",
    "PromptEnsemble",
    "ReadAheadLoader",
    "Scan",
    "Selection",
    "Sentences",
    "Study",
    "StudyReader",
    "Video",
    "VideoFrame",
    "Volume",
    "find_cases",
    "make_cache_key",
    "read_study",
    "read_volume",
    "scan_inputs",
]
