"""The head around the brain as a function of the place: scalp, skull, face, eyes, sinuses and the neck's muscles."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, paint, share, smooth_union, tube

__all__ = ["Outside", "draw_outside", "paint_outside", "skin_distance"]


class Outside(NamedTuple):
    """What surrounds one brain.

    Attributes:
        gap: fluid between brain and skull, millimetres.
        skull: thickness of the bone, millimetres.
        diploe: share of the skull's thickness that is marrow.
        scalp: thickness of fat and skin over the skull, millimetres.
        face: half axes of the face.
        sinuses: size of the air cells, 1 in the middle.
        lumps: field that breaks up muscles and facial bones.
        chips: finer such field.
    """

    gap: float
    skull: float
    diploe: float
    scalp: float
    face: tuple[float, float, float]
    sinuses: float
    lumps: Waves
    chips: Waves


def draw_outside(rng: np.random.Generator) -> Outside:
    """Draw a head to put a brain in."""
    return Outside(
        gap=rng.uniform(1.0, 3.5),
        skull=rng.uniform(4.0, 7.5),
        diploe=rng.uniform(0.2, 0.6),
        scalp=rng.uniform(2.8, 6.5),
        face=(rng.uniform(56, 64), rng.uniform(50, 58), rng.uniform(66, 76)),
        sinuses=rng.uniform(0.7, 1.2),
        lumps=make_waves(rng, 26.0, 14, 0.5),
        chips=make_waves(rng, 9.0, 14, 0.4),
    )


def skin_distance(outside: Outside, places: np.ndarray, cavity: np.ndarray) -> np.ndarray:
    """Return the distance to the skin, ``(N,)`` mm, inside < 0.

    Args:
        outside: as drawn.
        places: float32 ``(3, N)``, millimetres.
        cavity: distance to the skull's cavity there.
    """
    uneven = 1 + np.float32(0.15) * outside.lumps.at(np.float32(0.4) * places)
    vault = cavity - np.float32(outside.skull) - np.float32(outside.scalp) * uneven
    face = ellipsoid(places, (0.0, 32.0, -62.0), outside.face)
    neck = tube(places, (0.0, -28.0, -60.0), (0.0, -24.0, -220.0), 60.0, 56.0)
    nose = tube(places, (0.0, 82.0, -24.0), (0.0, 92.0, -54.0), 4.0, 10.0)
    return smooth_union(vault, smooth_union(smooth_union(face, neck, 20.0), nose, 6.0), 18.0)


def paint_outside(
    outside: Outside,
    tones: dict[str, float],
    places: np.ndarray,
    cavity: np.ndarray,
    skin: np.ndarray,
    softness: float,
) -> np.ndarray:
    """Return the tone of every place outside the skull's cavity; 0 is air.

    Args:
        outside: as drawn.
        tones: brightness of the tissues.
        places: float32 ``(3, N)``, millimetres.
        cavity: distance to the skull's cavity there.
        skin: distance to the skin there.
        softness: width of the borders between tissues, millimetres.
    """
    x, y, z = places
    sided = np.stack([np.abs(x), y, z])
    lumps = outside.lumps.at(places)
    values = np.zeros(places.shape[1], dtype=np.float32)
    paint(values, tones["skin"], share(skin, softness))
    paint(values, tones["fat"], share(skin + np.float32(1.6), softness))
    low = share(z + 12, 12.0)  # below the vault: muscles and facial bones
    side = share(30 - np.abs(x), 20.0) * share(z - 25, 20.0)  # the temporal muscles
    flesh = np.maximum(low, side) * share(skin + outside.scalp - 1 + np.float32(1.5) * lumps, softness)
    paint(values, tones["muscle"], flesh)
    paint(values, tones["fat"], flesh * share(np.abs(lumps - np.float32(0.7)) - np.float32(0.25), 0.3))
    chips = outside.chips.at(places)
    bony = low * share(26 - np.abs(y - 45), 8.0) * share(np.float32(0.8) - chips, 0.5)
    paint(values, tones["bone"], bony * share(skin + 12, 3.0))

    into = cavity - np.float32(outside.skull / 2)
    half = np.float32(outside.skull / 2) * (1 + np.float32(0.12) * lumps)
    paint(values, tones["bone"], share(np.abs(into) - half, softness))
    paint(values, tones["marrow"], share(np.abs(into) - half * np.float32(outside.diploe), softness))

    _paint_eyes(tones, values, sided, softness)
    size = outside.sinuses
    air = ellipsoid(sided, (22.0, 52.0, -52.0), (13 * size, 15 * size, 16 * size))
    air = np.minimum(air, ellipsoid(sided, (8.0, 52.0, -33.0), (6.0, 18.0, 9 * size)))
    air = np.minimum(air, ellipsoid(sided, (9.0, 82.0, -12.0), (9 * size, 4.5 * size, 9 * size)))
    air = np.minimum(air, ellipsoid(places, (0.0, 20.0, -32.0), (11 * size, 12 * size, 9.0)))
    nose = ellipsoid(sided, (7.0, 64.0, -56.0), (5.0, 26.0, 16.0)) - 2 * chips
    mastoid = ellipsoid(sided, (56.0, -24.0, -42.0), (9.0, 14.0, 15.0)) + 6 * np.abs(chips)
    air = np.minimum(air, np.minimum(nose, mastoid)) + np.float32(0.8) * lumps
    throat = tube(places, (0.0, 18.0, -62.0), (0.0, 8.0, -160.0), 9.0, 8.0)
    air = np.minimum(air, throat)
    paint(values, tones["mucosa"], share(air - np.float32(1.5), softness))
    paint(values, 0.0, share(air, softness))
    return values


def _paint_eyes(tones: dict[str, float], values: np.ndarray, sided: np.ndarray, softness: float) -> None:
    """Paint orbits, eyeballs with lenses, the optic nerves and the muscles beside them."""
    near = np.flatnonzero((sided[1] > 15) & (np.abs(sided[2] + 24) < 24))
    spot = sided[:, near]
    part = values[near]
    orbit = smooth_union(
        tube(spot, (12.0, 30.0, -24.0), (31.0, 66.0, -24.0), 5.0, 17.0),
        ellipsoid(spot, (31.0, 72.0, -24.0), (17.0, 12.0, 16.0)),
        5.0,
    )
    paint(part, tones["bone"], share(orbit - 2, softness))
    paint(part, tones["fat"], share(orbit, softness))
    nerve = tube(spot, (11.0, 26.0, -22.0), (30.0, 60.0, -24.0), 2.2, 2.4)
    outer = tube(spot, (16.0, 32.0, -24.0), (44.0, 66.0, -24.0), 2.0, 2.6)
    inner = tube(spot, (10.0, 36.0, -24.0), (19.0, 66.0, -24.0), 2.0, 2.6)
    paint(part, tones["muscle"], share(np.minimum(nerve, np.minimum(outer, inner)), softness))
    globe = ellipsoid(spot, (31.0, 72.0, -24.0), (12.0, 12.0, 12.0))
    paint(part, tones["muscle"], share(globe, softness))
    paint(part, tones["eye"], share(globe + np.float32(1.2), softness))
    lens = ellipsoid(spot, (31.0, 80.5, -24.0), (4.8, 2.4, 4.8))
    paint(part, tones["muscle"], share(lens, softness))
    values[near] = part
