"""Connected regions of an anomaly map at or above a threshold: where they are, how large, how anomalous.

Voxels that share a face, an edge or a corner belong together (26-neighbourhood; 8 for a single slice).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.errors import ConfigError
from acd_monai.reports.map_checks import check_affine, check_anomaly_map, check_threshold

__all__ = ["Component", "Components", "find_components", "find_slice_components", "label_components"]

Point = tuple[float, float, float]
Index = tuple[int, int, int]

TOUCHING = np.ones((3, 3, 3), dtype=bool)
"""Structuring element of the 26-neighbourhood."""


class Component(NamedTuple):
    """One connected region.

    Attributes:
        voxels: Number of voxels.
        volume_mm3: ``voxels`` times the volume of one voxel, cubic millimetres (frames: see ``voxels``).
        centroid_mm: Unweighted mean of the voxel centres, RAS+ millimetres. May lie outside a hollow region.
        centroid_voxel: The same in voxel indices ``(i, j, k)``.
        peak: Highest value in the region, in [0, 1].
        peak_voxel: Index ``(i, j, k)`` of the peak; among equals the first in C order.
        peak_mm: Centre of that voxel, RAS+ millimetres.
    """

    voxels: int
    volume_mm3: float
    centroid_mm: Point
    centroid_voxel: Point
    peak: float
    peak_voxel: Index
    peak_mm: Point


class Components(NamedTuple):
    """All regions of one map.

    Attributes:
        items: The regions, highest peak first, larger volume first among equal peaks, cut at the limit asked for.
        total: Number of regions before the cut.
        total_volume_mm3: Volume of all regions before the cut, cubic millimetres.
    """

    items: list[Component]
    total: int
    total_volume_mm3: float


def find_components(anomaly_map: np.ndarray, affine: np.ndarray, threshold: float, limit: int = 50) -> Components:
    """List the connected regions where the map is at or above a threshold.

    Args:
        anomaly_map: ``(I, J, K)`` in [0, 1].
        affine: ``(4, 4)``, voxel index to RAS+ millimetres; may be rotated, anisotropic or sheared.
        threshold: In [0, 1], inclusive.
        limit: Most regions to list, at least 0. The totals count them all.

    Returns:
        The regions and their totals.

    Raises:
        AcdMonaiError: The map is not ``(I, J, K)``, finite and in [0, 1].
        GeometryError: The affine does not place voxels in space.
        ConfigError: The threshold or the limit is out of range.
    """
    check_anomaly_map(anomaly_map)
    affine = check_affine(affine)
    check_threshold(threshold)
    if limit < 0:
        raise ConfigError(f"limit of components is {limit}; expected 0 or more. Change the limit setting.")
    foreground = anomaly_map >= threshold
    box = _bounding_box(foreground)
    if box is None:
        return Components([], 0, 0.0)

    # Everything below works on the foreground's voxels alone, so noise of many regions costs no more than one.
    labels, total = ndimage.label(foreground[box], structure=TOUCHING)
    inside = np.flatnonzero(labels)
    label = labels.ravel()[inside] - 1
    value = anomaly_map[box].ravel()[inside]
    voxels = np.bincount(label, minlength=total)
    peak = np.full(total, -1.0, dtype=value.dtype)
    np.maximum.at(peak, label, value)
    at_peak = value == peak[label]
    peak_position = np.full(total, labels.size, dtype=np.int64)
    np.minimum.at(peak_position, label[at_peak], inside[at_peak])
    origin = np.array([side.start for side in box])
    peak_voxel = np.stack(np.unravel_index(peak_position, labels.shape), axis=1) + origin
    centroid_voxel = _mean_index(inside, label, voxels, labels.shape) + origin

    voxel_volume = abs(float(np.linalg.det(affine[:3, :3])))
    order = np.lexsort((peak_position, -voxels, -peak))[:limit]
    items = [
        Component(
            voxels=int(voxels[n]),
            volume_mm3=float(voxels[n] * voxel_volume),
            centroid_mm=_to_mm(affine, centroid_voxel[n]),
            centroid_voxel=_point(centroid_voxel[n]),
            peak=float(peak[n]),
            peak_voxel=(int(peak_voxel[n, 0]), int(peak_voxel[n, 1]), int(peak_voxel[n, 2])),
            peak_mm=_to_mm(affine, peak_voxel[n]),
        )
        for n in order
    ]
    return Components(items, int(total), float(voxels.sum() * voxel_volume))


def find_slice_components(anomaly_map: np.ndarray, affine: np.ndarray, threshold: float, limit: int = 50) -> Components:
    """List the regions of each slice by itself, for a stack of pictures that only share their pixel grid.

    Args, returns and errors as for :func:`find_components`.
    """
    found: list[Component] = []
    total, volume = 0, 0.0
    for index in range(anomaly_map.shape[2]):
        place = affine.copy()
        place[:3, 3] += index * affine[:3, 2]
        components = find_components(anomaly_map[..., index : index + 1], place, threshold, limit)
        total, volume = total + components.total, volume + components.total_volume_mm3
        for item in components.items:
            (i, j, _), (peak_i, peak_j, _) = item.centroid_voxel, item.peak_voxel
            found.append(item._replace(centroid_voxel=(i, j, float(index)), peak_voxel=(peak_i, peak_j, index)))
    found.sort(key=lambda item: (-item.peak, -item.voxels, item.peak_voxel))
    return Components(found[:limit], total, volume)


def label_components(anomaly_map: np.ndarray, threshold: float, items: Sequence[Component]) -> np.ndarray:
    """Number the voxels of regions.

    Args:
        anomaly_map: ``(I, J, K)`` in [0, 1].
        threshold: In [0, 1], inclusive; the one the regions were found with.
        items: Regions of :func:`find_components`, at most 254.

    Returns:
        uint8 ``(I, J, K)``: n in the n-th of the items, one more than their number in all other regions, else 0.
    """
    foreground = anomaly_map >= threshold
    labels = np.zeros(foreground.shape, dtype=np.uint8)
    box = _bounding_box(foreground)
    if box is None:
        return labels
    found, total = ndimage.label(foreground[box], structure=TOUCHING)
    numbers = np.full(total + 1, len(items) + 1, dtype=np.uint8)
    numbers[0] = 0
    origin = [side.start for side in box]
    for number, item in enumerate(items, 1):
        numbers[found[tuple(np.subtract(item.peak_voxel, origin))]] = number
    labels[box] = numbers[found]
    return labels


def _bounding_box(mask: np.ndarray) -> tuple[slice, slice, slice] | None:
    """Return the smallest box around the mask's True voxels, or None when there are none."""
    shadow = np.any(mask, axis=0)  # so a large volume is gone through twice, not three times
    if not shadow.any():
        return None
    first, second, third = (
        slice(int(occupied[0]), int(occupied[-1]) + 1)
        for occupied in map(np.flatnonzero, (mask.any(axis=(1, 2)), shadow.any(axis=1), shadow.any(axis=0)))
    )
    return first, second, third


def _mean_index(position: np.ndarray, label: np.ndarray, voxels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Average ``(i, j, k)`` over each label: flat positions ``(N,)`` of an array of ``shape`` to ``(labels, 3)``."""
    strides = (shape[1] * shape[2], shape[2], 1)
    # One axis at a time: three full index arrays of a large study would not be small.
    sums = [
        np.bincount(label, weights=(position // stride) % length, minlength=len(voxels))
        for stride, length in zip(strides, shape, strict=True)
    ]
    return np.stack(sums, axis=1) / voxels[:, None]


def _to_mm(affine: np.ndarray, index: np.ndarray) -> Point:
    return _point(affine[:3, :3] @ index + affine[:3, 3])


def _point(values: np.ndarray) -> Point:
    return float(values[0]), float(values[1]), float(values[2])
