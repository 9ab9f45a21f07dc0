"""Which slices make one volume: by series, orientation, size, and where positions repeat by time, b-value, echo."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from filecmp import cmp
from itertools import combinations
from typing import Any

import numpy as np

from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.natural import natural_key

__all__ = ["POSITION_TOLERANCE", "SliceGroup", "group_slices"]

ORIENTATION_TOLERANCE = 1e-3
"""Slices whose direction cosines differ by more than this are of different stacks."""

POSITION_TOLERANCE = 0.01
"""Slices closer than this along the normal, in mm, are at one place."""

_MAX_KEYS = 3
_RANKED_KEYS = ("TriggerTime", "NominalCardiacTriggerDelayTime")


@dataclass(frozen=True)
class SliceGroup:
    """The slices of one volume, not yet ordered or checked.

    Attributes:
        slices: headers, at least one.
        volume: 0-based number among the volumes of its series.
        volumes: how many volumes the series has.
        warnings: what was noticed while grouping.
    """

    slices: tuple[SliceHeader, ...]
    volume: int = 0
    volumes: int = 1
    warnings: tuple[str, ...] = ()


def group_slices(headers: Iterable[SliceHeader]) -> list[SliceGroup]:
    """Split slices into volumes.

    Args:
        headers: slices in any order, of any number of series.

    Returns:
        The volumes, by series number, then in the order of their first file, then of what tells volumes apart (time,
        b-value, …): the same order whatever the input's. A picture without a place is a volume by itself, behind the
        volumes of its series. Slices at one place that nothing tells apart stay in one group; ordering them raises.
    """
    series: dict[str, list[SliceHeader]] = defaultdict(list)
    for header in sorted(headers, key=lambda h: (natural_key(h.path), h.frame)):
        series[header.series].append(header)
    result: list[SliceGroup] = []
    for name in sorted(series, key=lambda name: (_series_number(series[name]), name)):
        result += _group_series(series[name])
    return result


def _series_number(headers: Sequence[SliceHeader]) -> int:
    return min((h.series_number for h in headers if h.series_number is not None), default=2**31)


def _group_series(headers: list[SliceHeader]) -> list[SliceGroup]:
    headers, warnings = _drop_copies(headers)
    stacks: list[list[SliceHeader]] = []
    pictures: list[list[SliceHeader]] = []
    for header in headers:
        if header.is_picture and not header.is_mosaic:  # never part of a stack: a cine may have thousands
            pictures.append([header])
            continue
        for stack in stacks:
            if _same_stack(stack[0], header):
                stack.append(header)
                break
        else:
            stacks.append([header])
    volumes = [volume for stack in stacks for volume in _split_volumes(stack)] + pictures
    return [SliceGroup(tuple(v), index, len(volumes), warnings) for index, v in enumerate(volumes)]


def _drop_copies(headers: list[SliceHeader]) -> tuple[list[SliceHeader], tuple[str, ...]]:
    """Drop files that are byte-for-byte copies of another one with the same instance UID."""
    first: dict[str, str] = {}
    copies: dict[str, bool] = {}
    kept = []
    for header in headers:
        original = first.setdefault(header.instance, header.path) if header.instance else header.path
        if original != header.path:
            if header.path not in copies:
                copies[header.path] = cmp(original, header.path, shallow=False)
            if copies[header.path]:
                continue
        kept.append(header)
    dropped = sum(copies.values())
    return kept, (f"{dropped} identical copies of files were left out",) if dropped else ()


def _same_stack(a: SliceHeader, b: SliceHeader) -> bool:
    if a.is_mosaic and b.is_mosaic:
        return True
    if not a.has_place or not b.has_place:
        return not (a.has_place or b.has_place) and a.size == b.size
    if a.size != b.size or a.is_localizer != b.is_localizer or (a.orientation is None) != (b.orientation is None):
        return False
    if a.orientation is None or b.orientation is None:
        return True
    if np.isnan(a.orientation).any() or np.isnan(b.orientation).any():
        return bool(np.isnan(a.orientation).any() and np.isnan(b.orientation).any())
    return bool(np.abs(a.orientation - b.orientation).max() <= ORIENTATION_TOLERANCE)


def _split_volumes(stack: list[SliceHeader]) -> list[list[SliceHeader]]:
    """Split a stack in which positions repeat; leave it whole when they do not, or when nothing tells them apart."""
    places = _places(stack)
    if places is None:
        return [stack]
    count = max(Counter(places).values())
    if count == 1:
        return [stack]
    names = [name for name in dict.fromkeys(n for h in stack for n in h.volume_keys) if _varies(stack, name)]
    for size in range(1, min(_MAX_KEYS, len(names)) + 1):
        for chosen in combinations(names, size):
            keys = [tuple(_sortable(h.volume_keys.get(name)) for name in chosen) for h in stack]
            if _tells_apart(keys, places, count):
                return _partition(stack, keys)
    for name in _RANKED_KEYS:
        ranks = _ranks(stack, places, name, count)
        if ranks is not None:
            return _partition(stack, ranks)
    return [stack]


def _places(stack: list[SliceHeader]) -> list[int] | None:
    """Number the places along the normal; None when they cannot be known (left for the geometry check to say)."""
    orientation = stack[0].orientation
    if orientation is None or stack[0].is_mosaic or any(h.position is None for h in stack):
        return None
    positions = np.array([h.position for h in stack], dtype=np.float64)
    along = positions @ np.cross(orientation[:3], orientation[3:])
    if not np.isfinite(along).all():
        return None
    order = np.argsort(along, kind="stable")
    places = np.empty(len(stack), dtype=int)
    places[order] = np.concatenate([[0], np.cumsum(np.diff(along[order]) > POSITION_TOLERANCE)])
    return places.tolist()


def _varies(stack: list[SliceHeader], name: str) -> bool:
    return len({_sortable(h.volume_keys.get(name)) for h in stack}) > 1


def _tells_apart(keys: Sequence[Hashable], places: Sequence[int], count: int) -> bool:
    """True when the keys make exactly ``count`` volumes and no volume has two slices at one place."""
    return len(set(keys)) == count and len(set(zip(keys, places, strict=True))) == len(places)


def _ranks(stack: list[SliceHeader], places: list[int], name: str, count: int) -> list[int] | None:
    """Number the slices at each place by a time that drifts from place to place (cardiac triggers)."""
    times: dict[int, list[Any]] = defaultdict(list)
    for header, place in zip(stack, places, strict=True):
        times[place].append(_sortable(header.volume_keys.get(name)))
    if any(len(values) != count or len(set(values)) != count for values in times.values()):
        return None
    order = {place: {value: rank for rank, value in enumerate(sorted(values))} for place, values in times.items()}
    return [order[place][_sortable(header.volume_keys.get(name))] for header, place in zip(stack, places, strict=True)]


def _partition(stack: list[SliceHeader], keys: Sequence[Any]) -> list[list[SliceHeader]]:
    volumes: dict[Any, list[SliceHeader]] = defaultdict(list)
    for header, key in zip(stack, keys, strict=True):
        volumes[key].append(header)
    return [volumes[key] for key in sorted(volumes)]


def _sortable(value: Any) -> tuple[Any, ...]:
    """Make values of several types sortable beside each other: numbers, then texts, then what is absent."""
    if value is None:
        return (2,)
    if isinstance(value, tuple):
        return (0, *(_sortable(v) for v in value))
    return (1, 1, value) if isinstance(value, str) else (1, 0, float(value))
