from __future__ import annotations

import resource
from pathlib import Path

import numpy as np
import pytest
from av.video.stream import VideoStream

from acd_monai.data import CaseDataset, Video, VideoFrame, find_cases, read_volume
from acd_monai.errors import ConfigError, InputError
from tests.data.video_files import LOSSLESS, LOSSY, numbered_frames, write_sound, write_video


def sample(path: Path, fps: float) -> tuple[list[VideoFrame], Video]:
    with Video(path) as video:
        return list(video.sample(fps)), video


@pytest.mark.parametrize(("name", "codec", "pixel_format"), LOSSLESS)
@pytest.mark.parametrize(("fps", "expected"), [(1, [0, 10, 20]), (2.5, [0, 4, 8, 12, 16, 20, 24]), (99, range(25))])
def test_frames_are_the_right_ones_to_the_bit(
    tmp_path: Path, name: str, codec: str, pixel_format: str, fps: float, expected: list[int]
) -> None:
    frames = numbered_frames(25)
    got, video = sample(write_video(tmp_path / name, frames, codec, pixel_format), fps)
    assert [frame.index for frame in got] == list(expected)
    np.testing.assert_allclose([frame.time for frame in got], np.array(expected) / 10, atol=1e-6)
    for frame in got:
        np.testing.assert_array_equal(frame.picture, frames[frame.index])
    assert (video.width, video.height, video.frame_rate, video.warnings) == (64, 48, 10, [])
    assert video.duration == pytest.approx(2.5)


@pytest.mark.parametrize(("name", "codec", "pixel_format"), LOSSY)
def test_lossy_codecs(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    got, _ = sample(write_video(tmp_path / name, numbered_frames(100), codec, pixel_format), 2)
    assert [frame.index for frame in got] == list(range(0, 100, 5))
    for frame in got:
        assert abs(np.median(frame.picture[:, 40:]) / 2 - frame.index) < 2.5


def test_variable_frame_rate_goes_by_time_stamps(tmp_path: Path) -> None:
    ticks = [0, 1, 2, 9, 11, 12, 35, 36, 40, 55]
    path = write_video(tmp_path / "a.mov", numbered_frames(10), "png", "rgb24", ticks=ticks)
    got, _ = sample(path, 1)
    assert [(frame.index, round(frame.time, 3)) for frame in got] == [(0, 0), (4, 1.1), (6, 3.5), (8, 4.0), (9, 5.5)]


@pytest.mark.skipif(not hasattr(VideoStream, "set_display_rotation"), reason="this PyAV reads rotations, not writes")
def test_rotation_is_said_and_not_applied(tmp_path: Path) -> None:
    got, video = sample(write_video(tmp_path / "a.mp4", numbered_frames(4), "mpeg4", "yuv420p", rotation=90), 1)
    assert got[0].picture.shape == (48, 64, 3)
    assert len(video.warnings) == 1 and "rotation by" in video.warnings[0] and "not applied" in video.warnings[0]


def test_a_video_is_one_case_and_stays_a_path(tmp_path: Path) -> None:
    path = write_video(tmp_path / "My film.avi", numbered_frames(3))
    cases = find_cases(tmp_path)
    assert [(case["case"], case["image"]) for case in cases] == [("My_film", str(path))]
    assert CaseDataset(cases)[0] == {"case": "My_film", "video": str(path)}
    with pytest.raises(InputError, match=r"My film\.avi: a video is not one volume"):
        read_volume(path)


def test_cut_off_and_broken(tmp_path: Path) -> None:
    frames = numbered_frames(100)
    fast = {"movflags": "faststart"}  # the index comes first: what is there opens well
    whole = {
        "ffv1.avi": write_video(tmp_path / "ffv1.avi", frames),
        "raw.avi": write_video(tmp_path / "raw.avi", frames, "rawvideo", "bgr24"),
        "png.mov": write_video(tmp_path / "png.mov", frames, "png", "rgb24"),
        "h264.mp4": write_video(tmp_path / "h264.mp4", frames, "libx264", "yuv420p", options=fast),
        "png_fast.mov": write_video(tmp_path / "png_fast.mov", frames, "png", "rgb24", options=fast),
    }
    for name, path in whole.items():
        content = path.read_bytes()
        for share in (0.001, 0.1, 0.5, 0.9):
            cut = tmp_path / f"cut_{name}"
            cut.write_bytes(content[: int(share * len(content))])
            with pytest.raises(InputError, match=rf"cut_{name}: ") as caught:
                sample(cut, 1)
            assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    content = bytearray(whole["png.mov"].read_bytes())
    content[len(content) // 2 : len(content) // 2 + 5000] = bytes(5000)
    (tmp_path / "damaged.mov").write_bytes(content)
    with pytest.raises(InputError, match=r"damaged\.mov: the video is cut off or damaged after frame \d+"):
        sample(tmp_path / "damaged.mov", 1)


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.avi").write_text("hello")
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{write_video(tmp_path / 'a.avi', numbered_frames(3))}\n")
    write_sound(tmp_path / "sound.mp4")
    for name, message in [
        ("empty.mp4", "the file is empty"),
        ("text.avi", "no MP4, MOV or AVI video"),
        ("list.mp4", "no MP4, MOV or AVI video"),
        ("sound.mp4", "no moving picture in it .it holds audio"),
        ("missing.mp4", "cannot be read"),
    ]:
        with pytest.raises(InputError, match=f"{name}: {message}"):
            Video(tmp_path / name)


LARGE = 60_000


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "small", "large"),
    [
        ("a.avi", "ffv1", "bgr0", b"@\0\0\x000\0\0\0", LARGE.to_bytes(4, "little") * 2),
        ("b.avi", "png", "rgb24", b"IHDR\0\0\0@\0\0\x000", b"IHDR" + LARGE.to_bytes(4, "big") * 2),
        ("a.mov", "png", "rgb24", b"IHDR\0\0\0@\0\0\x000", b"IHDR" + LARGE.to_bytes(4, "big") * 2),
    ],
)
def test_headers_that_lie_about_the_size(
    tmp_path: Path, name: str, codec: str, pixel_format: str, small: bytes, large: bytes
) -> None:
    """In the container's header or in the pictures' own: refused before memory is taken."""
    path = write_video(tmp_path / name, numbered_frames(20), codec, pixel_format)
    content = path.read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path.write_bytes(content.replace(small, large))
    assert path.read_bytes() != content
    with pytest.raises(InputError, match=name):
        sample(path, 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kilobytes


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_fps_is_checked(tmp_path: Path, fps: float) -> None:
    with Video(write_video(tmp_path / "a.avi", numbered_frames(2))) as video, pytest.raises(ConfigError, match="fps"):
        next(video.sample(fps))
