"""Scores a video while it is decoded; keeps the scores and the top frames, so that memory does not grow with length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from acd_monai.data.video import Video, VideoFrame, check_fps
from acd_monai.errors import ConfigError
from acd_monai.inferers.fit import Fit, plan_fit
from acd_monai.inferers.slice_inferer import SliceAnomalyInferer
from acd_monai.inferers.top_frames import TopFrame, TopFrames
from acd_monai.networks import AnomalyDetector

__all__ = ["VideoAnomalyInferer", "VideoPrediction"]


@dataclass(frozen=True)
class VideoPrediction:
    """A scored video.

    Attributes:
        indices: ``(frames,)`` which frames of the file were scored, from 0.
        times: ``(frames,)`` seconds since the file's first frame.
        scores: ``(frames,)`` in [0, 1]; NaN where a frame was too dark to be scored.
        top: the most anomalous frames, in the order of time; never empty.
        fps: frames per second of video that were asked for.
        file_fps: frames per second on average as the file says, None when it does not.
        duration: seconds of video that were decoded.
        codec: FFmpeg's name of it.
        warnings: one line for each thing a reader of the map should know.
    """

    indices: np.ndarray
    times: np.ndarray
    scores: np.ndarray
    top: tuple[TopFrame, ...]
    fps: float
    file_fps: float | None
    duration: float
    codec: str
    warnings: tuple[str, ...]


class VideoAnomalyInferer:
    """Runs an :class:`~acd_monai.networks.AnomalyDetector` over the frames of a video.

    In memory at once: one batch of frames and the candidates of :class:`~acd_monai.inferers.top_frames.TopFrames`
    as 8-bit pictures, 24 frames by default, 150 MB of pictures at 1920 x 1080, however long the video is.

    Args:
        slices: the inferer of volumes, whose batch size, fit, foreground rule, precision and progress are used.
        fps: frames scored per second of video, above 0; a video with fewer is scored whole.
        top_frames: how many frames to keep with their maps, 1 or more.

    Raises:
        ConfigError: a value out of its range.
    """

    def __init__(self, slices: SliceAnomalyInferer, fps: float = 1.0, top_frames: int = 4) -> None:
        check_fps(fps)
        if top_frames < 1:
            raise ConfigError(f"top_frames is {top_frames}; wanted 1 or more")
        self.slices = slices
        self.fps = float(fps)
        self.top_frames = top_frames

    def predict(self, path: str | Path, network: AnomalyDetector) -> VideoPrediction:
        """Score a video.

        Args:
            path: an MP4, MOV or AVI file.
            network: the detector.

        Raises:
            InputError: the video cannot be read to its end.
        """
        with Video(path) as video:
            plan = plan_fit(self.slices.fit, (video.height, video.width), (1.0, 1.0), network.image_size)
            run = _Run(self.slices, network, plan, TopFrames(self.top_frames))
            with tqdm(total=self._expected(video), unit="frame", leave=False, disable=self._hidden()) as bar:
                for frame in video.sample(self.fps):
                    run.add(frame)
                    bar.update()
            run.score_waiting()
            scores = np.asarray(run.scores, dtype=np.float32)
            return VideoPrediction(
                np.asarray(run.indices),
                np.asarray(run.times),
                scores,
                run.top.choose(scores, plan),
                self.fps,
                video.frame_rate,
                float(video.duration or 0.0),
                video.codec,
                tuple(video.warnings),
            )

    def _expected(self, video: Video) -> int | None:
        """About how many frames there will be, for the bar."""
        if video.duration is None:
            return None
        return max(1, round(video.duration * min(self.fps, video.frame_rate or self.fps)))

    def _hidden(self) -> bool | None:
        return None if self.slices.progress else True


class _Run:
    """One video on its way: what was scored, and the frames that wait for a full batch."""

    def __init__(self, slices: SliceAnomalyInferer, network: AnomalyDetector, plan: Fit, top: TopFrames) -> None:
        self.slices, self.network, self.plan, self.top = slices, network, plan, top
        self.device = next(network.parameters()).device
        self.indices: list[int] = []
        self.times: list[float] = []
        self.scores: list[float] = []
        self.waiting: list[tuple[int, np.ndarray, Tensor]] = []

    def add(self, frame: VideoFrame) -> None:
        """Take in the next frame."""
        position = len(self.scores)
        self.indices.append(frame.index)
        self.times.append(frame.time)
        self.scores.append(float("nan"))
        if not self._has_foreground(frame.picture):
            if position == 0:  # something to show should all be dark
                self.top.add(0, float("nan"), frame.picture, torch.zeros(1, self.plan.size, self.plan.size))
            return
        picture = torch.from_numpy(frame.picture).to(self.device)
        square = self.plan.apply(picture.permute(2, 0, 1)[None].float() / 255)
        self.waiting.append((position, frame.picture, square))
        if len(self.waiting) == self.slices.batch_size:
            self.score_waiting()

    def score_waiting(self) -> None:
        """Score the frames that wait."""
        if not self.waiting:
            return
        prediction = self.slices.score(torch.cat([square for _, _, square in self.waiting]), self.network)
        scores, maps = prediction.score.cpu().numpy(), prediction.anomaly_map.cpu()
        for (position, picture, _), score, square_map in zip(self.waiting, scores, maps, strict=True):
            self.scores[position] = float(score)
            self.top.add(position, self.scores[position], picture, square_map.clone())
        self.waiting.clear()

    def _has_foreground(self, picture: np.ndarray) -> bool:
        bright = picture.max(axis=-1) > self.slices.foreground_level * 255
        return bool(bright.mean() >= self.slices.min_foreground)
