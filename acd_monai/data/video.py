"""MP4, MOV and AVI, frame by frame: opened lazily, decoded in order, never held in memory as a whole.

What a file's header says is checked before a frame is decoded; what it promised and does not hold is an error at the
end, because half a video scored is a wrong score for the video.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.stream import Disposition

from acd_monai.errors import ConfigError, InputError

__all__ = ["MAX_VIDEO_PIXELS", "Video", "VideoFrame", "check_fps"]

MAX_VIDEO_PIXELS = 36_000_000
"""Pixels of one frame, a little more than 8K; larger ones are taken for a header that lies."""

CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,avi"
"""Containers that FFmpeg may recognise, by content. Its play lists are not among them: they open other files."""

TICK_TOLERANCE = 1e-3
"""Seconds that a frame may come before its tick; containers round time stamps."""

END_TOLERANCE = 0.05
"""Share of the header's duration (and at least :data:`END_SECONDS`) that may be missing at the end."""

END_SECONDS = 1.0

UNKNOWN_RIFF_SIZE = 0xFFFFFFFF
"""What programs write that do not know how long the recording will be."""


@dataclass(frozen=True)
class VideoFrame:
    """One decoded frame.

    Attributes:
        index: counted over all frames of the file in the order they are shown, from 0.
        time: seconds since the first frame, by the file's time stamps.
        picture: uint8 ``(rows, columns, 3)``, RGB, on the stored pixel grid.
    """

    index: int
    time: float
    picture: np.ndarray


class Video:
    """A video file that is open for reading; a context manager.

    Args:
        path: an MP4, MOV or AVI file; the content decides, not the name's ending.

    Attributes:
        width, height: of the stored frames, in pixels.
        codec: FFmpeg's name of it.
        frame_rate: frames per second on average as the header says, None when it does not.
        duration: seconds as the header says, and once :meth:`sample` has come to its end, as decoded; None when
            not known.
        warnings: one line for each thing a reader of the map should know; complete once :meth:`sample` has ended.

    Raises:
        InputError: not such a video, broken, without a picture, or absurdly large.

    Example:
        >>> with Video("colonoscopy.mp4") as video:  # doctest: +SKIP
        ...     times = [frame.time for frame in video.sample(fps=1.0)]
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.warnings: list[str] = []
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise InputError(f"{self.path.name}: cannot be read ({error.strerror}).") from error
        if not size:
            raise InputError(f"{self.path.name}: the file is empty (0 bytes); a video is needed. Copy it again.")
        self._check_riff_size(size)
        # An absolute path is never taken for a URL, and a video that refers to other files does not get them.
        only_this_file = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
        try:
            self._container = av.open(str(self.path.resolve()), container_options=only_this_file)
        except (FFmpegError, ValueError) as error:
            raise InputError(
                f"{self.path.name}: no MP4, MOV or AVI video that can be read, or cut off ({_reason(error)}). "
                "Copy it again, or convert it."
            ) from error
        try:
            self._stream = self._choose_stream()
            self._read_header()
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Video:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def sample(self, fps: float) -> Iterator[VideoFrame]:
        """Decode the whole video and yield some of its frames, once.

        Tick n is n / fps seconds after the first frame; the first frame at or after a tick is taken. A video with
        fewer frames per second gives each of its frames once.

        Args:
            fps: frames per second of video, above 0.

        Yields:
            Frames in the order they are shown.

        Raises:
            ConfigError: fps is not a positive number.
            InputError: the stream is broken, changes its frame size, or ends long before its header says.
        """
        check_fps(fps)
        next_tick, last, index = 0, 0.0, -1
        for index, (time, frame) in enumerate(self._timed_frames()):
            last = time
            if index == 0:
                self._look_at_first(frame)
            if (time + TICK_TOLERANCE) * fps >= next_tick:
                next_tick = int((time + TICK_TOLERANCE) * fps) + 1
                yield VideoFrame(index, time, frame.to_ndarray(format="rgb24"))
        if index < 0:
            raise InputError(f"{self.path.name}: not one frame could be decoded. Copy it again, or convert it.")
        self._check_end(last + (1 / self.frame_rate if self.frame_rate else 0.0))

    def _timed_frames(self) -> Iterator[tuple[float, Any]]:
        """Yield seconds since the first frame and the frame; invents a time where the file has none."""
        step = 1 / self.frame_rate if self.frame_rate else None
        first: float | None = None
        last = -1.0
        invented = corrupt = 0
        for frame in self._decode():
            time = None if frame.time is None else float(frame.time)
            if first is None:
                first = time or 0.0
            time = -1.0 if time is None else time - first
            if time <= last:  # no time stamp, or one that jumps back
                if step is None:
                    raise InputError(f"{self.path.name}: frames have neither time stamps nor a rate. Convert it.")
                time, invented = last + step if last >= 0 else 0.0, invented + 1
            last = time
            corrupt += bool(frame.is_corrupt)
            yield time, frame
        if invented:
            self.warnings.append(
                f"{invented} frames have no time stamp, or one that jumps back: the frame rate was used"
            )
        if corrupt:
            self.warnings.append(f"{corrupt} frames are damaged and were repaired by the decoder as well as it can")

    def _decode(self) -> Iterator[Any]:
        count = 0
        try:
            for frame in self._container.decode(self._stream):
                if (frame.width, frame.height) != (self.width, self.height):
                    raise InputError(
                        f"{self.path.name}: frame {count} is {frame.width} x {frame.height} pixels, the first "
                        f"{self.width} x {self.height}; one size is needed. Cut the video there."
                    )
                yield frame
                count += 1
        except (FFmpegError, ValueError, MemoryError) as error:
            raise InputError(
                f"{self.path.name}: the video is cut off or damaged after frame {count} ({_reason(error)}). "
                "Copy it again."
            ) from error

    def _check_riff_size(self, size: int) -> None:
        """Refuse an AVI that is shorter than it says; FFmpeg would silently read what is there."""
        with self.path.open("rb") as file:
            start = file.read(8)
        promised = int.from_bytes(start[4:8], "little")
        if start[:4] == b"RIFF" and promised != UNKNOWN_RIFF_SIZE and promised + 8 > size + 1:  # 1: padding
            raise InputError(
                f"{self.path.name}: {size} bytes, its header says {promised + 8}; the file is cut off. Copy it again."
            )

    def _choose_stream(self) -> Any:
        streams = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            kinds = sorted({str(stream.type) for stream in self._container.streams}) or ["nothing"]
            raise InputError(
                f"{self.path.name}: no moving picture in it (it holds {', '.join(kinds)}); a video is needed."
            )
        if len(streams) > 1:
            self.warnings.append(f"{len(streams)} pictures run side by side in the file; the first is scored")
        return streams[0]

    def _read_header(self) -> None:
        stream, context = self._stream, self._stream.codec_context
        if context is None:
            raise InputError(f"{self.path.name}: no decoder for its codec. Convert it to H.264.")
        self.width, self.height, self.codec = context.width, context.height, context.name
        if self.width < 1 or self.height < 1 or self.width * self.height > MAX_VIDEO_PIXELS:
            raise InputError(
                f"{self.path.name}: frames of {self.width} x {self.height} pixels; 1 to {MAX_VIDEO_PIXELS} are read. "
                "Scale the video down."
            )
        # Frames inside may claim another size than the header.
        context.options = {**context.options, "max_pixels": str(MAX_VIDEO_PIXELS)}
        stream.thread_type = "NONE"  # threads of FFmpeg may wait for each other for ever after a damaged frame
        self.frame_rate = float(stream.average_rate) if stream.average_rate else None
        self.duration = float(stream.duration * stream.time_base) if stream.duration else None
        ratio = stream.sample_aspect_ratio
        if ratio not in (None, 0, 1):
            self.warnings.append(f"pixels are {ratio} as wide as high: image and map are on the stored pixel grid")

    def _look_at_first(self, frame: Any) -> None:
        if frame.rotation % 360:
            self.warnings.append(
                f"rotation by {frame.rotation} degrees is not applied: image and map are on the stored pixel grid"
            )
        if frame.interlaced_frame:
            self.warnings.append("frames are interlaced: both fields are shown as stored")

    def _check_end(self, end: float) -> None:
        promised, self.duration = self.duration, end
        if promised is not None and promised - end > max(END_SECONDS, END_TOLERANCE * promised):
            raise InputError(
                f"{self.path.name}: the picture ends after {end:.1f} s, the header says {promised:.1f} s; "
                "the file is cut off. Copy it again."
            )


def check_fps(fps: float) -> None:
    """Refuse a rate that cannot be sampled at.

    Raises:
        ConfigError: not a finite number above 0.
    """
    if not 0 < fps < float("inf"):
        raise ConfigError(f"fps is {fps}; wanted a number of frames per second above 0")


def _reason(error: Exception) -> str:
    """Return FFmpeg's words without the path."""
    return str(getattr(error, "strerror", None) or type(error).__name__)[:160]
