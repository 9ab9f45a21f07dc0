"""Reading studies, and the sentences they are compared with."""

from __future__ import annotations

from acd_monai.data.case_dataset import CaseDataset
from acd_monai.data.cases import Scan, find_cases, scan_inputs
from acd_monai.data.dicom import LeftOut
from acd_monai.data.prompts import PromptEnsemble, Sentences
from acd_monai.data.read_ahead import ReadAheadLoader
from acd_monai.data.reader import StudyReader, read_volume
from acd_monai.data.sample_dataset import FileBatches, SampleDataset, share_of_this_process
from acd_monai.data.selection import Selection
from acd_monai.data.study import Study, read_study
from acd_monai.data.video import Video, VideoFrame
from acd_monai.data.volume import Volume

__all__ = [
    "CaseDataset",
    "FileBatches",
    "LeftOut",
    "PromptEnsemble",
    "ReadAheadLoader",
    "SampleDataset",
    "Scan",
    "Selection",
    "Sentences",
    "Study",
    "StudyReader",
    "Video",
    "VideoFrame",
    "Volume",
    "find_cases",
    "read_study",
    "read_volume",
    "scan_inputs",
    "share_of_this_process",
]
