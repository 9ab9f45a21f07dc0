"""Views of cases for tests of outputs: read as in a run, scored by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.data import MetaTensor
from monai.transforms import Compose, LoadImaged

from acd_monai.data import StudyReader
from acd_monai.handlers.case_result import CaseResult
from acd_monai.handlers.video_result import VideoResult
from acd_monai.handlers.view_of_case import view_of_case
from acd_monai.inferers import VideoPrediction
from acd_monai.inferers.top_frames import TopFrame
from acd_monai.reports import Threshold
from acd_monai.reports.outputs import CaseView
from acd_monai.transforms import ScaleMRd, SlicePlaned

MODEL: dict[str, Any] = {
    "method": "ACDCLIP",
    "settings": {"n_groups": 4},
    "backbone": "ViT-L-14-336",
    "image_size": 518,
    "nouns": ["scan"],
    "weights": {"source": "adapter_20.pth", "sha256": "ab" * 32},
    "backbone_weights": {"source": "ViT-L-14-336px.pt", "sha256": "cd" * 32},
    "trained": True,
    "caution": None,
}


def blobs(shape: Sequence[int], seed: int = 0) -> np.ndarray:
    """A map of low noise with a few bright boxes, none symmetric, none touching."""
    rng = np.random.default_rng(seed)
    anomaly_map = rng.uniform(0.0, 0.3, tuple(shape)).astype(np.float32)
    i, j, k = (max(1, length // 4) for length in shape)
    anomaly_map[1 : 1 + i, 1 : 1 + j, :k] = 0.7
    anomaly_map[-2, -2, -1] = 0.9
    return anomaly_map


def view_of(
    locator: Any, anomaly_map: np.ndarray | None = None, *, threshold: float = 0.5, plane: str = "axial", **changed: Any
) -> CaseView:
    """Read a volume or a picture as a run does and give it a map."""
    steps = [
        LoadImaged(keys="image", reader=StudyReader, ensure_channel_first=True, image_only=True, resample_uneven=True),
        SlicePlaned(keys="image", plane=plane),
        ScaleMRd(keys="image"),
    ]
    image = Compose(steps)({"image": locator})["image"]
    affine = np.asarray(image.meta["original_affine"])
    if anomaly_map is None:
        anomaly_map = blobs([int(length) for length in image.meta["spatial_shape"]])
    meta = {key: value for key, value in image.meta.items() if key != "affine"}
    pred = MetaTensor(torch.from_numpy(anomaly_map)[None], affine=torch.from_numpy(affine), meta=meta)
    scores = torch.linspace(0.2, 0.9, image.shape[-1])
    return _view(CaseResult(image, pred, scores, plane), locator, threshold, changed)


def view_of_video(frames: int = 12, **changed: Any) -> CaseView:
    """A video of three top frames."""
    rng = np.random.default_rng(1)
    top = [
        TopFrame(position, rng.integers(0, 255, (30, 50, 3), dtype=np.uint8), blobs((30, 50, 1), position)[..., 0])
        for position in (2, 5, 9)
    ]
    scores = rng.uniform(0.1, 0.9, frames)
    scores[4] = np.nan
    video = VideoPrediction(
        times=np.arange(frames) / 2,
        indices=np.arange(frames) * 5,
        scores=scores,
        top=tuple(top),
        warnings=(),
        codec="h264",
        file_fps=10.0,
        fps=2.0,
        duration=frames / 2,
    )
    return _view(VideoResult(video), "a.mp4", 0.5, changed)


def _view(result: Any, locator: Any, threshold: float, changed: dict[str, Any]) -> CaseView:
    given = {
        "threshold": Threshold(threshold, "given"),
        "domain": "brain_mri",
        "modalities": (),
        "model": MODEL,
        "fingerprint": {},
        "with_patient": False,
    }
    item = {"case": "a case", "image": locator, "source": "study (MR, series 5)"}
    return view_of_case(item, result, **(given | changed))


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
