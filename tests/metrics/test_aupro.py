"""AUPRO against a loop over all thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics import aupro, auroc, region_weights


def regions_of(mask: np.ndarray) -> list[set[tuple[int, ...]]]:
    """Flood fill over sides and corners."""
    left, regions = {tuple(map(int, index)) for index in np.argwhere(mask)}, []
    while left:
        region, frontier = set(), [left.pop()]
        while frontier:
            here = frontier.pop()
            region.add(here)
            near = {there for there in left if max(abs(a - b) for a, b in zip(here, there, strict=True)) <= 1}
            left -= near
            frontier.extend(near)
        regions.append(region)
    return regions


def brute_force(maps: np.ndarray, masks: np.ndarray, limit: float) -> float:
    regions = [(n, region) for n, mask in enumerate(masks) for region in regions_of(mask)]
    normals = maps[masks == 0]
    rate, overlap = [0.0], [0.0]
    for threshold in np.unique(maps)[::-1]:
        rate.append(np.mean(normals >= threshold))
        overlap.append(np.mean([np.mean([maps[(n, *at)] >= threshold for at in region]) for n, region in regions]))
    x = np.append(np.array(rate)[np.array(rate) < limit], limit)
    y = np.append(np.array(overlap)[np.array(rate) < limit], 0.0)
    after = int(np.argmax(np.array(rate) >= limit))
    if after == 0:
        raise AssertionError("the curve never reaches the limit")
    part = (limit - rate[after - 1]) / (rate[after] - rate[after - 1])
    y[-1] = overlap[after - 1] + part * (overlap[after] - overlap[after - 1])
    return float(np.trapezoid(y, x) / limit)


def small_maps(seed: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    masks = rng.random((3, 12, 14)) < 0.15
    masks[2] = False
    return np.round((rng.random((3, 12, 14)) + 0.4 * masks) / 1.4 * levels) / levels, masks.astype(int)


@pytest.mark.parametrize("limit", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("levels", [4, 30, 10**9], ids=["heavily tied", "tied", "distinct"])
@pytest.mark.parametrize("seed", range(2))
def test_agrees_with_a_loop_over_all_thresholds(limit: float, levels: int, seed: int) -> None:
    maps, masks = small_maps(seed, levels)
    assert aupro(maps, masks, limit) == pytest.approx(brute_force(maps, masks, limit), abs=1e-9)


def test_regions_of_one_pixel_make_it_auroc() -> None:
    masks = np.zeros((2, 9, 9), dtype=int)
    masks[:, ::3, ::3] = 1
    maps = np.random.default_rng(0).random((2, 9, 9))
    assert aupro(maps, masks, limit=1.0) == pytest.approx(auroc(maps, masks), abs=1e-12)


def test_maps_of_different_sizes() -> None:
    """Cutting rows that hold only normal pixels below all others leaves the curve as it is but for its rates."""
    maps, masks = small_maps(0, 100)
    maps, masks = np.pad(maps, ((0, 0), (0, 4), (0, 0)), constant_values=0.0), np.pad(masks, ((0, 0), (0, 4), (0, 0)))
    maps[:, :-4] += 0.001
    cut = [maps[0], maps[1][:-4], maps[2][:-2]], [masks[0], masks[1][:-4], masks[2][:-2]]
    normals = sum(int((mask == 0).sum()) for mask in cut[1])
    limit = 0.2
    assert aupro(*cut, limit=limit) == pytest.approx(
        aupro(maps, masks, limit * normals / (masks == 0).sum()), abs=1e-12
    )


@pytest.mark.parametrize("shape", [(12, 15), (6, 7, 5)])
def test_weights_are_one_over_the_size_of_the_region(shape: tuple[int, ...]) -> None:
    mask = np.random.default_rng(1).random(shape) < 0.12
    weights, regions = region_weights(mask), regions_of(mask)
    assert len(regions) > 2
    for region in regions:
        np.testing.assert_allclose([weights[at] for at in region], 1 / len(region))
    assert weights.sum() == pytest.approx(len(regions))
    assert not weights[~mask].any()


@pytest.mark.parametrize("label", [0, 1])
def test_undefined_without_regions_or_normal_pixels(label: int) -> None:
    assert np.isnan(aupro(np.ones((1, 3, 3)), np.full((1, 3, 3), label)))


def test_what_is_refused() -> None:
    maps, masks = small_maps(0, 10)
    with pytest.raises(ConfigError, match=r"limit is 1\.5; expected a number in \(0, 1\]"):
        aupro(maps, masks, limit=1.5)
    with pytest.raises(AcdMonaiError, match="3 anomaly maps and 2 masks"):
        aupro(maps, masks[:2])
    with pytest.raises(AcdMonaiError, match="168 scores and 84 labels"):
        aupro(maps, masks[:, :6])
