"""Stomach, bowel and pancreas as functions of the place, in the cavity that the organs are described in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, paint, share, smooth_union, tube

__all__ = ["Gut", "draw_gut", "paint_bowel", "paint_pancreas", "paint_stomach", "stomach_distance"]


class Gut(NamedTuple):
    """One person's gut.

    Attributes:
        stomach: half axes, millimetres.
        air_level: height above which the stomach holds air, millimetres to the front.
        coils: field of the bowel's loops.
        gas: field that is high where a loop holds gas.
    """

    stomach: tuple[float, float, float]
    air_level: float
    coils: Waves
    gas: Waves


def draw_gut(rng: np.random.Generator) -> Gut:
    """Draw a person's gut, with what it holds today."""
    return Gut(
        stomach=(rng.uniform(26, 44), rng.uniform(26, 40), rng.uniform(34, 46)),
        air_level=rng.uniform(20, 60),
        coils=make_waves(rng, rng.uniform(50, 68), 16, 0.2),
        gas=make_waves(rng, 90.0, 8),
    )


def stomach_distance(gut: Gut, places: np.ndarray) -> np.ndarray:
    """Return the distance to the stomach, ``(N,)`` mm, inside < 0."""
    x, y, z = places
    bag = ellipsoid(np.stack([x - np.float32(0.3) * y, y, z]), (-66.0, 26.0, 26.0), gut.stomach)
    return smooth_union(bag, ellipsoid(places, (-60.0, -16.0, 50.0), (34.0, 32.0, 28.0)), 12.0)


def paint_stomach(
    gut: Gut, hounsfield: dict[str, float], values: np.ndarray, y: np.ndarray, distance: np.ndarray, softness: float
) -> None:
    """Paint the stomach with its food, and air where ``y`` lies above its level, in place."""
    fill_gut(hounsfield, values, distance, y - gut.air_level, 4.0, softness)


def fill_gut(
    hounsfield: dict[str, float],
    values: np.ndarray,
    distance: np.ndarray,
    above: np.ndarray,
    wall: float,
    softness: float,
) -> None:
    """Paint a hollow organ: its wall, what it holds, and air where ``above`` is over 0."""
    paint(values, hounsfield["wall"], share(distance, softness))
    hollow = share(distance + np.float32(wall), softness)
    paint(values, hounsfield["food"], hollow)
    paint(values, hounsfield["air"], hollow * share(-above, softness))


def paint_bowel(
    gut: Gut,
    hounsfield: dict[str, float],
    values: np.ndarray,
    places: np.ndarray,
    belly: np.ndarray,
    lobes: np.ndarray,
    fine: np.ndarray,
    softness: float,
) -> None:
    """Paint loops of small bowel, and the colon with faeces and gas.

    Args:
        gut: as drawn.
        hounsfield: of the tissues.
        values: Hounsfield units at the places, changed in place.
        places: float32 ``(3, N)``, millimetres.
        belly: distance to the cavity with the lungs taken off, there.
        lobes: the organs' coarse unevenness there.
        fine: their fine unevenness there.
        softness: width of the borders between tissues, millimetres.
    """
    near = np.flatnonzero((belly < -3) & ((places[1] > -20) | (np.abs(places[0]) > 60)) & (places[2] < 55))
    spot, part, gas = places[:, near], values[near], gut.gas.at(places[:, near])
    x, y, z = spot
    field, slope = gut.coils.with_slope(spot)
    loop = (np.float32(0.2) - np.abs(field)) / np.maximum(np.linalg.norm(slope, axis=0), np.float32(0.02))
    loop = np.maximum(loop, np.maximum(belly[near] + 4, -10 - y + 10 * lobes[near]))
    loop = np.maximum(loop, z + 14 + 8 * lobes[near] - np.float32(0.5) * np.maximum(-x, 0))
    fill_gut(hounsfield, part, loop, (gas - np.float32(1.2)) * 8, 2.5, softness)
    colon = tube(spot, (100.0, -12.0, -120.0), (96.0, 6.0, -52.0), 22.0, 20.0)
    for start, end in (((96, 6, -52), (40, 60, -66)), ((40, 60, -66), (-40, 62, -50)), ((-40, 62, -50), (-104, 0, -2))):
        colon = np.minimum(colon, tube(spot, start, end, 17.0, 16.0))
    colon = np.minimum(colon, tube(spot, (-104.0, 0.0, -2.0), (-108.0, -22.0, -120.0), 15.0, 13.0))
    colon = np.maximum(colon + 4 * lobes[near] + 2 * gas, belly[near] + 2)
    paint(part, hounsfield["wall"], share(colon, softness))
    hollow = share(colon + np.float32(2.2), softness)
    paint(part, 25 + 45 * fine[near] - 120 * np.maximum(fine[near] - 1, 0), hollow)
    paint(part, hounsfield["air"], hollow * share(-((gas - np.float32(0.3)) * 12 + (y - 40) * np.float32(0.1)), 2.0))
    values[near] = part


def paint_pancreas(
    hounsfield: dict[str, float], values: np.ndarray, places: np.ndarray, fine: np.ndarray, softness: float
) -> None:
    """Paint the pancreas, the splenic vein behind it and the duodenum around its head; see :func:`paint_bowel`."""
    near = np.flatnonzero((np.abs(places[2] + 15) < 52) & (places[1] > -45) & (places[1] < 40))
    spot = places[:, near]
    head = tube(spot, (30.0, 2.0, -46.0), (6.0, 6.0, -24.0), 13.0, 9.0)
    gland = np.minimum(head, tube(spot, (6.0, 6.0, -24.0), (-36.0, -4.0, -8.0), 9.0, 10.0))
    gland = np.minimum(gland, tube(spot, (-36.0, -4.0, -8.0), (-78.0, -26.0, 10.0), 10.0, 8.0))
    part = values[near]
    vein = tube(spot, (4.0, -6.0, -46.0), (-84.0, -30.0, 16.0), 4.5, 4.0)
    paint(part, hounsfield["portal"], share(vein, softness))
    lumpy = gland + np.float32(1.3) * np.abs(fine[near]) * 2
    paint(part, hounsfield["pancreas"], share(lumpy, 1.5 * softness))
    duodenum = tube(spot, (46.0, 8.0, -22.0), (44.0, -2.0, -66.0), 12.0, 11.0)
    fill_gut(hounsfield, part, duodenum, spot[1] - 14, 3.0, softness)
    values[near] = part
