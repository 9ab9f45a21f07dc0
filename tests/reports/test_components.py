from __future__ import annotations

import numpy as np
import pytest

from acd_monai.errors import AcdMonaiError, ConfigError, GeometryError
from acd_monai.reports import find_components


def rotated_affine(spacing: tuple[float, float, float] = (0.7, 1.3, 4.0)) -> np.ndarray:
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.diag(spacing)
    affine[:3, 3] = (-80.0, 33.3, 12.5)
    return affine


def flood_fill(mask: np.ndarray) -> list[set[tuple[int, int, int]]]:
    """Reference: 26-neighbourhood by hand."""
    left, regions = {tuple(int(n) for n in index) for index in np.argwhere(mask)}, []
    while left:
        region, frontier = set(), [left.pop()]
        while frontier:
            i, j, k = frontier.pop()
            region.add((i, j, k))
            for step in np.ndindex(3, 3, 3):
                near = (i + step[0] - 1, j + step[1] - 1, k + step[2] - 1)
                if near in left:
                    left.remove(near)
                    frontier.append(near)
        regions.append(region)
    return regions


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_a_flood_fill(seed: int) -> None:
    anomaly_map = np.random.default_rng(seed).random((11, 9, 7), dtype=np.float32)
    affine = rotated_affine()
    expected = sorted(
        (max(float(anomaly_map[v]) for v in region), len(region), tuple(np.mean(list(region), axis=0)))
        for region in flood_fill(anomaly_map >= 0.93)
    )[::-1]

    found = find_components(anomaly_map, affine, 0.93)

    assert found.total == len(expected) > 1
    assert found.total_volume_mm3 == pytest.approx(sum(n for _, n, _ in expected) * 0.7 * 1.3 * 4.0)
    for item, (peak, voxels, centroid) in zip(found.items, expected, strict=True):
        assert (item.peak, item.voxels) == (pytest.approx(peak), voxels)
        assert item.volume_mm3 == pytest.approx(voxels * 0.7 * 1.3 * 4.0)
        np.testing.assert_allclose(item.centroid_voxel, centroid)
        np.testing.assert_allclose(item.centroid_mm, (affine @ (*centroid, 1.0))[:3])
        assert anomaly_map[item.peak_voxel] == item.peak
        np.testing.assert_allclose(item.peak_mm, (affine @ (*item.peak_voxel, 1.0))[:3])


def test_corners_touch_and_the_threshold_is_inclusive() -> None:
    anomaly_map = np.zeros((6, 6, 6), dtype=np.float32)
    anomaly_map[1, 1, 1] = anomaly_map[2, 2, 2] = 0.5
    anomaly_map[5, 5, 5] = 0.9

    found = find_components(anomaly_map, np.eye(4), 0.5)

    assert [(item.voxels, item.peak_voxel) for item in found.items] == [(1, (5, 5, 5)), (2, (1, 1, 1))]
    assert find_components(anomaly_map, np.eye(4), 0.51).total == 1


def test_equal_peaks_are_ordered_by_volume() -> None:
    anomaly_map = np.zeros((9, 3, 1), dtype=np.float32)
    anomaly_map[0, 0] = 0.8
    anomaly_map[4:7] = 0.8
    assert [item.voxels for item in find_components(anomaly_map, np.eye(4), 0.5).items] == [9, 1]


def test_limit_cuts_the_list_but_not_the_totals() -> None:
    anomaly_map = np.zeros((9, 9, 9), dtype=np.float32)
    anomaly_map[::2, ::2, ::2] = 1.0
    found = find_components(anomaly_map, np.eye(4), 0.5, limit=3)
    assert (len(found.items), found.total, found.total_volume_mm3) == (3, 125, 125.0)


def test_an_empty_map_has_no_components() -> None:
    assert find_components(np.zeros((4, 4, 4)), np.eye(4), 0.5) == ([], 0, 0.0)


def test_what_is_refused() -> None:
    good = np.zeros((4, 4, 4), dtype=np.float32)
    with pytest.raises(AcdMonaiError, match=r"shape \(4, 4\)"):
        find_components(good[0], np.eye(4), 0.5)
    with pytest.raises(AcdMonaiError, match="1 values that are NaN"):
        find_components(np.where(np.arange(64).reshape(4, 4, 4) == 5, np.nan, good), np.eye(4), 0.5)
    with pytest.raises(AcdMonaiError, match=r"\[0, 2\]"):
        find_components(good + 2 * np.eye(4, dtype=np.float32), np.eye(4), 0.5)
    with pytest.raises(GeometryError, match="voxel of 0 mm3"):
        find_components(good, np.diag((1.0, 1.0, 0.0, 1.0)), 0.5)
    with pytest.raises(ConfigError, match=r"1\.5"):
        find_components(good, np.eye(4), 1.5)
    with pytest.raises(ConfigError, match="-1"):
        find_components(good, np.eye(4), 0.5, limit=-1)
