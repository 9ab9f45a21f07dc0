from __future__ import annotations

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.errors import ConfigError
from acd_monai.reports import Timeline, clock, find_slice_components, write_timeline_csv, write_timeline_plot


def timeline(count: int = 50) -> Timeline:
    scores = np.linspace(0, 1, count, dtype=np.float32)
    scores[0] = np.nan
    return Timeline(np.arange(count) / 2, np.arange(count) * 5, scores, [0, count // 2, count - 1])


def test_csv(tmp_path: Path) -> None:
    write_timeline_csv(timeline(3), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["time_s", "frame_index", "score"], ["0.000", "0", ""], ["0.500", "5", "0.500000"],
                    ["1.000", "10", "1.000000"]]  # fmt: skip


@pytest.mark.parametrize("count", [1, 2, 50, 5000])
def test_plot(tmp_path: Path, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_timeline_plot(timeline(count), tmp_path / "t.png", "a $case_", 0.5, notes=["note"], alert="alert")
    with Image.open(tmp_path / "t.png") as picture:
        assert 1200 < picture.width < 1500 and 400 < picture.height < 900
        assert np.asarray(picture.convert("RGB"))[:5, :5].max() < 40
    with pytest.raises(ConfigError, match="threshold"):
        write_timeline_plot(timeline(3), tmp_path / "t.png", "", 2.0)


def test_labels_that_would_overlap_share_one() -> None:
    times = np.arange(100.0)
    scores = np.full(100, 0.5)
    labels = Timeline(times, times, scores, [10, 13, 16, 60]).labels()
    assert labels == [(13.0, 0.5, "0:10 – 0:16"), (60.0, 0.5, "1:00")]


def test_clock() -> None:
    assert [clock(time) for time in (0, 59.96, 61.5, 3725)] == ["0:00", "1:00", "1:01.5", "1:02:05"]


def test_regions_do_not_reach_from_frame_to_frame() -> None:
    anomaly_map = np.zeros((8, 6, 3), dtype=np.float32)
    anomaly_map[2:4, 2:4, :2] = [0.6, 0.9]
    anomaly_map[7, 5, 2] = 0.7
    found = find_slice_components(anomaly_map, np.diag([-1.0, -1.0, 1.0, 1.0]), 0.5)
    assert (found.total, found.total_volume_mm3) == (3, 9)
    assert [item.peak_voxel for item in found.items] == [(2, 2, 1), (7, 5, 2), (2, 2, 0)]
    assert [item.centroid_voxel[2] for item in found.items] == [1, 2, 0]
    assert found.items[1].centroid_mm == (-7, -5, 2)
