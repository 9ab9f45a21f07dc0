"""Small videos whose frames say their number."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

LOSSLESS = [("a.avi", "ffv1", "bgr0"), ("a.avi", "rawvideo", "bgr24"), ("a.mov", "png", "rgb24")]
LOSSY = [("a.mp4", "mpeg4", "yuv420p"), ("a.mp4", "libx264", "yuv420p"), ("a.avi", "mpeg4", "yuv420p")]


def numbered_frames(count: int, height: int = 48, width: int = 64) -> list[np.ndarray]:
    """The left half is noise, the right half has the frame's number times 2 as grey."""
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    frames[:, :, width // 2 :] = 2 * np.arange(count, dtype=np.uint8)[:, None, None, None]
    return list(frames)


def write_video(
    path: Path,
    frames: Sequence[np.ndarray],
    codec: str = "ffv1",
    pixel_format: str = "bgr0",
    *,
    rate: int = 10,
    ticks: Sequence[int] | None = None,
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write RGB frames; ``ticks`` are their times in units of ``1 / rate`` seconds."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixel_format
        if rotation:
            stream.set_display_rotation(rotation)
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = (ticks[number] if ticks else number), Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
