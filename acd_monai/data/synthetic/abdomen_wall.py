"""The trunk around the organs as a function of the place: skin, fat, muscles, ribs, spine, and the table below.

Millimetres, right-anterior-superior, from the middle of the trunk at the height of the liver's middle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.solid_shapes import Waves, ellipsoid, make_waves, paint, share, smooth_union, tube

__all__ = ["Trunk", "draw_trunk", "outline_distance", "paint_trunk", "spine_distance"]

_ENDLESS = 1e6


class Trunk(NamedTuple):
    """One trunk.

    Attributes:
        half_width, half_depth: of the cavity, millimetres.
        squareness: exponent of the outline; 2 is an ellipse.
        fat: thickness of the fat under the skin, millimetres.
        wall: thickness of the muscles around the cavity, millimetres.
        ribs: distance from rib to rib, and the offset of the first, millimetres.
        rib_slope: how far a rib sinks for each millimetre towards the front.
        vertebra: height of a vertebra with its disc, and the offset of the first, millimetres.
        uneven: field that varies thicknesses.
        streaky: finer field: fat between and in the muscles.
        table: gap to the table, and its curvature, millimetres.
    """

    half_width: float
    half_depth: float
    squareness: float
    fat: float
    wall: float
    ribs: tuple[float, float]
    rib_slope: float
    vertebra: tuple[float, float]
    uneven: Waves
    streaky: Waves
    table: tuple[float, float]


def draw_trunk(rng: np.random.Generator) -> Trunk:
    """Draw a slim or a stout person."""
    width = rng.uniform(120, 148)
    return Trunk(
        half_width=width,
        half_depth=width * rng.uniform(0.6, 0.76),
        squareness=rng.uniform(2.1, 2.7),
        fat=float(np.exp(rng.uniform(np.log(5), np.log(38)))),
        wall=rng.uniform(8, 15),
        ribs=(rng.uniform(26, 33), rng.uniform(0, 30)),
        rib_slope=rng.uniform(0.35, 0.6),
        vertebra=(rng.uniform(30, 36), rng.uniform(0, 36)),
        uneven=make_waves(rng, 190.0, 10),
        streaky=make_waves(rng, 16.0, 12, 0.5),
        table=(rng.uniform(2, 20), rng.uniform(0.0003, 0.0016)),
    )


def outline_distance(trunk: Trunk, places: np.ndarray) -> np.ndarray:
    """Return the distance to the round that the ribs and muscles stand on, ``(N,)`` mm, inside < 0."""
    x, y, z = places
    power = np.float32(trunk.squareness)
    waist = 1 - np.float32(0.0010) * np.maximum(-z - 20, 0) - np.float32(0.0012) * np.maximum(z - 30, 0)
    u, v = np.abs(x) / (trunk.half_width * waist), np.abs(y) / (trunk.half_depth * waist)
    near = (u**power + v**power + np.float32(1e-9)) ** (1 / power)
    return (near - 1) * np.hypot(x, y) / np.maximum(near, np.float32(1e-3))


def spine_distance(trunk: Trunk, places: np.ndarray) -> np.ndarray:
    """Return the distance to the column of the vertebrae's bodies, ``(N,)`` mm, inside < 0."""
    _, height = _vertebra(trunk, places[2])
    slim = 1 + np.float32(0.10) * (2 * np.abs(height)) ** 2
    return ellipsoid(
        np.stack([places[0] / slim, places[1], np.zeros_like(height)]),
        (0.0, 22.0 - trunk.half_depth, 0.0),
        (22.0, 16.5, _ENDLESS),
    )


def paint_trunk(
    trunk: Trunk, hounsfield: dict[str, float], places: np.ndarray, outline: np.ndarray, softness: float
) -> np.ndarray:
    """Return the Hounsfield units of every place, with fat where the organs go.

    Args:
        trunk: as drawn.
        hounsfield: of the tissues.
        places: float32 ``(3, N)``, millimetres.
        outline: of :func:`outline_distance` there.
        softness: width of the borders between tissues, millimetres.
    """
    x, y, z = places
    back = -trunk.half_depth
    sided = np.stack([np.abs(x), y, z])
    streaky = trunk.streaky.at(places)
    values = np.full(places.shape[1], hounsfield["air"], dtype=np.float32)
    erector = ellipsoid(sided, (31.0, back - 6.0, 0.0), (27.0, 20.0, _ENDLESS))
    flesh = smooth_union(outline - np.float32(trunk.wall), erector - 2, 12.0)
    uneven = 1 + np.float32(0.13) * trunk.uneven.at(places)
    thick = trunk.fat * uneven * (1 + np.float32(0.4) * np.abs(x) / trunk.half_width)
    furrow = np.float32(min(0.5 * trunk.fat, 8.0)) * np.exp(-((x / 12) ** 2)) * (y < 0)
    skin = flesh - thick + furrow
    _paint_table(trunk, hounsfield, values, places, softness)
    paint(values, hounsfield["skin"], share(skin, softness))
    paint(values, hounsfield["fat"] + 4 * streaky, share(skin + np.float32(1.8), softness))
    layers = np.abs(np.sin((outline / np.float32(trunk.wall)) * np.float32(3 * np.pi)))
    lean = 1 - 0.5 * share(layers - np.float32(0.12) + np.float32(0.1) * streaky, 0.3)
    lean *= 1 - 0.7 * share(np.abs(x) - 1.5, 2.0) * (y > 0)  # the linea alba
    paint(values, hounsfield["muscle"] + 5 * streaky, lean * share(flesh, softness) * share(-outline, softness))
    paint(values, hounsfield["fat"], share(outline, softness))
    psoas = ellipsoid(sided, (31.0, back + 20.0, -75.0), (17.0, 16.0, 70.0))
    bulk = np.minimum(erector, np.maximum(psoas, -spine_distance(trunk, places) + 2))
    marbled = 1 - 0.6 * share(np.float32(1.5) - streaky, 0.5)
    paint(values, hounsfield["muscle"] + 5 * streaky, marbled * share(bulk, softness))
    _paint_ribs(trunk, hounsfield, values, places, outline, softness)
    _paint_spine(trunk, hounsfield, values, sided, streaky, softness)
    return values


def _vertebra(trunk: Trunk, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the millimetres to the middle of the nearest vertebra, and its share of the height, in [-0.5, 0.5]."""
    step, first = trunk.vertebra
    height = (z + np.float32(first)) / np.float32(step)
    height = height - np.rint(height)
    return height * np.float32(step), height


def _paint_spine(
    trunk: Trunk, hounsfield: dict[str, float], values: np.ndarray, sided: np.ndarray, streaky: np.ndarray, soft: float
) -> None:
    """Paint bodies, discs, canal, arches and processes."""
    back = -trunk.half_depth
    near = np.flatnonzero((sided[0] < 48) & (sided[1] < back + 44))
    spot, part = sided[:, near], values[near]
    off, height = _vertebra(trunk, spot[2])
    level = np.stack([spot[0], spot[1], off])
    body = spine_distance(trunk, spot)
    disc = share(np.float32(0.39) - np.abs(height), 1.5 * soft / trunk.vertebra[0])
    arch = np.minimum(
        tube(level, (9.0, back + 8.0, 2.0), (13.0, back - 8.0, -3.0), 4.5, 4.0),
        tube(level, (13.0, back - 7.0, -3.0), (0.0, back - 14.0, -6.0), 4.0, 3.5),
    )
    arch = np.minimum(arch, tube(level, (0.0, back - 13.0, -4.0), (0.0, back - 32.0, -10.0), 3.0, 4.0))
    arch = np.minimum(arch, tube(level, (14.0, back - 4.0, 0.0), (40.0, back - 12.0, 2.0), 4.0, 3.0))
    spongy = hounsfield["marrow"] * (1 + np.float32(0.12) * streaky[near])
    paint(part, hounsfield["bone"], share(np.minimum(body, arch), soft))
    paint(part, spongy, share(np.minimum(body + np.float32(1.6), arch + np.float32(1.8)), soft))
    paint(part, hounsfield["bone"], share(body, soft) * share(np.abs(np.abs(height) - np.float32(0.38)) - 0.03, 0.05))
    paint(part, hounsfield["disc"], share(body, soft) * disc)
    canal = ellipsoid(np.stack([spot[0], spot[1], np.zeros_like(off)]), (0.0, back - 2.5, 0.0), (9.0, 7.5, _ENDLESS))
    paint(part, hounsfield["cord"], share(canal, soft))
    values[near] = part


def _paint_ribs(
    trunk: Trunk,
    hounsfield: dict[str, float],
    values: np.ndarray,
    places: np.ndarray,
    outline: np.ndarray,
    softness: float,
) -> None:
    """Paint the ribs, which sink towards the front and end in cartilage at the costal arch."""
    near = np.flatnonzero((outline > -2) & (outline < trunk.wall) & (np.abs(places[0]) > 22))
    x, y, z = places[:, near]
    step, first = trunk.ribs
    sunk = y + np.float32(0.9) * np.abs(x)  # sideways and forwards from the spine
    run = (z + np.float32(trunk.rib_slope) * sunk + np.float32(first)) / np.float32(step)
    off = (run - np.rint(run)) * np.float32(step / np.sqrt(1 + trunk.rib_slope**2))
    deep = outline[near] - np.float32(0.45 * trunk.wall)
    rib = ellipsoid(np.stack([deep, off, np.zeros_like(off)]), (0.0, 0.0, 0.0), (3.2, 6.5, _ENDLESS))
    arch = z + 45 - np.float32(0.75) * np.maximum(y, 0) + np.float32(0.25) * np.abs(x)
    there = share(rib, softness) * share(-arch, 4.0)
    front = share(45 - y, 10.0)
    part = values[near]
    paint(part, hounsfield["bone"] * (1 - front) + 110 * front, there)
    core = share(rib + np.float32(1.6), softness) * share(-arch, 4.0) * (1 - front)
    paint(part, hounsfield["marrow"], core)
    values[near] = part


def _paint_table(
    trunk: Trunk, hounsfield: dict[str, float], values: np.ndarray, places: np.ndarray, softness: float
) -> None:
    """Paint a thin carbon shell with a foam core under the patient, and the mattress on it."""
    gap, bent = trunk.table
    x, y, _ = places
    top = -trunk.half_depth - trunk.wall - 1.2 * trunk.fat - gap - 6 + np.float32(bent) * x * x
    below = top - y
    within = share(np.abs(x) - 215, 2.0)
    foam = share(np.abs(below - 22) - 22, softness) * within
    paint(values, -930.0, share(np.abs(below + 5) - 5, softness) * within)
    paint(values, -960.0, foam)
    paint(values, 60.0, share(np.abs(np.abs(below - 22) - 21) - np.float32(1.5), softness) * within)
