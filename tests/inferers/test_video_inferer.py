"""Scores, top frames and what is kept of a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from acd_monai.errors import ConfigError
from acd_monai.inferers import SliceAnomalyInferer, VideoAnomalyInferer
from acd_monai.inferers.fit import plan_fit
from acd_monai.inferers.spread import choose_spread_slices
from acd_monai.inferers.top_frames import LEAST_APART, TopFrames
from tests.data.video_files import write_video
from tests.inferers.test_slice_inferer import Brightness


def flat_frames(levels: list[int]) -> list[np.ndarray]:
    return [np.full((56, 56, 3), level, dtype=np.uint8) for level in levels]


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_scores_and_top_frames(tmp_path: Path, batch_size: int) -> None:
    levels = [50] * 30
    levels[17], levels[6], levels[0] = 255, 200, 0
    path = write_video(tmp_path / "a.avi", flat_frames(levels), rate=5)
    network = Brightness()
    found = VideoAnomalyInferer(SliceAnomalyInferer(batch_size), fps=5, top_frames=2).predict(path, network)
    assert max(network.batches) <= batch_size and sum(network.batches) == 29
    np.testing.assert_array_equal(found.indices, range(30))
    np.testing.assert_allclose(found.times, np.arange(30) / 5)
    np.testing.assert_allclose(found.scores, [np.nan] + [level / 255 for level in levels[1:]], atol=1e-6)
    assert [frame.position for frame in found.top] == [6, 17]
    np.testing.assert_array_equal(found.top[1].picture, 255)
    np.testing.assert_allclose(found.top[0].anomaly_map, 200 / 255, atol=1e-6)
    assert (found.fps, found.file_fps, found.duration, found.codec) == (5, 5, 6, "ffv1")


def test_a_frame_gives_what_the_same_picture_gives(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    path = write_video(tmp_path / "a.avi", [picture])
    inferer, network = SliceAnomalyInferer(fit="pad"), Brightness()
    found = VideoAnomalyInferer(inferer).predict(path, network)
    image = torch.from_numpy(picture).permute(2, 0, 1)[None, ..., None].float() / 255
    expected = inferer.predict(image, network)
    np.testing.assert_array_equal(found.scores, expected.slice_scores[0].numpy())
    np.testing.assert_array_equal(found.top[0].anomaly_map, expected.anomaly_map[0, 0, ..., 0].numpy())


def test_an_all_dark_video_has_something_to_show_and_no_score(tmp_path: Path) -> None:
    found = VideoAnomalyInferer(SliceAnomalyInferer()).predict(
        write_video(tmp_path / "a.avi", flat_frames([0] * 12)), Brightness()
    )
    assert np.isnan(found.scores).all() and len(found.top) == 1 and not found.top[0].anomaly_map.any()


@pytest.mark.parametrize("length", [1, 2, 5, 11, 40, 300])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_kept_candidates_are_enough(length: int, count: int) -> None:
    """Chosen among the few that are kept is what would be chosen among all."""
    random = np.random.default_rng(length)
    plan = plan_fit("squash", (2, 2), (1.0, 1.0), 2)
    for kind in range(40):
        scores = [random.random(length), np.cumsum(random.normal(size=length)), random.integers(0, 4, length)][kind % 3]
        scores = scores.astype(np.float32)
        top = TopFrames(count)
        for position, score in enumerate(scores):
            top.add(position, float(score), np.zeros((2, 2, 3), dtype=np.uint8), torch.zeros(1, 2, 2))
            assert len(top.kept) <= top.capacity
        expected = sorted(choose_spread_slices(scores, count, LEAST_APART))
        assert [frame.position for frame in top.choose(scores, plan)] == expected


def test_settings_are_checked() -> None:
    for settings in ({"fps": 0}, {"fps": float("nan")}, {"top_frames": 0}):
        with pytest.raises(ConfigError, match=f"{next(iter(settings))} is"):
            VideoAnomalyInferer(SliceAnomalyInferer(), **settings)
