"""One scored video, as the reports want it: its top frames are slices on the stored grid, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from acd_monai.data.affine import frame_affine
from acd_monai.inferers import VideoPrediction
from acd_monai.reports import Components, SliceScores, Source, Timeline, clock, find_slice_components
from acd_monai.reports.outputs import Picture

__all__ = ["VideoResult"]

LARGEST_SIDE = 1024
"""Pixels along a side that are drawn; larger frames are thinned before they become floating-point."""


@dataclass(frozen=True)
class VideoResult:
    """What was computed for one video; the same questions as :class:`~acd_monai.handlers.case_result.CaseResult`.

    Attributes:
        prediction: scores of all frames and the top ones.
    """

    prediction: VideoPrediction

    def anomaly_map(self) -> np.ndarray:
        """Return the maps of the top frames ``(columns, rows, frames)``, as stored, in the order of time."""
        return np.stack([frame.anomaly_map.T for frame in self.prediction.top], axis=-1)

    def source(self) -> Source:
        """Describe the top frames as one stack."""
        rows, columns = self.prediction.top[0].anomaly_map.shape
        return Source("", "video", (columns, rows, len(self.prediction.top)), frame_affine())

    def slice_scores(self) -> SliceScores:
        """Return the scores of the top frames; those of all frames are in the timeline."""
        return SliceScores("stored", 2, self.prediction.scores[self._positions()])

    def components(self, anomaly_map: np.ndarray, threshold: float) -> Components:
        """Return the regions of each frame by itself: neighbours in the stack are not neighbours in time."""
        return find_slice_components(anomaly_map, frame_affine(), threshold)

    def warnings(self) -> list[str]:
        """Return the reader's warnings and what the scoring noticed."""
        found = list(self.prediction.warnings)
        dark = int(np.count_nonzero(~np.isfinite(self.prediction.scores)))
        if dark == len(self.prediction.scores):
            found.append("every frame is too dark to be scored; the map is 0 everywhere and there is no score")
        elif dark:
            found.append(f"{dark} of {len(self.prediction.scores)} frames are too dark and were not scored")
        return found

    def facts(self) -> dict[str, Any]:
        """Return what the summary says about the video."""
        video = self.prediction
        return {
            "codec": video.codec,
            "file_fps": video.file_fps,
            "fps": video.fps,
            "duration_s": video.duration,
            "frames_scored": int(np.count_nonzero(np.isfinite(video.scores))),
            "frames_skipped": int(np.count_nonzero(~np.isfinite(video.scores))),
            "top_frames": [
                {
                    "slice": slice_index,
                    "time_s": float(video.times[position]),
                    "frame_index": int(video.indices[position]),
                    "score": video.scores[position],
                }
                for slice_index, position in enumerate(self._positions())
            ],
        }

    def picture(self) -> Picture:
        """Return the top frames and their maps, thinned."""
        top, video = self.prediction.top, self.prediction
        step = -(-max(top[0].anomaly_map.shape) // LARGEST_SIDE)
        pictures = [frame.picture[::step, ::step].transpose(2, 0, 1) / np.float32(255) for frame in top]
        maps = [frame.anomaly_map[::step, ::step] for frame in top]
        return Picture(
            np.stack(pictures, axis=-1),
            np.stack(maps, axis=-1),
            frame_affine()[:, [1, 0, 2, 3]] @ np.diag((step, step, 1.0, 1.0)),
            video.scores[self._positions()],
            [clock(float(video.times[position])) for position in self._positions()],
            (1.0, 1.0),
            chosen=range(len(top)),
        )

    def timeline(self) -> Timeline:
        """Return the scores of all frames."""
        video = self.prediction
        return Timeline(video.times, video.indices, video.scores, self._positions())

    def _positions(self) -> list[int]:
        return [frame.position for frame in self.prediction.top]
