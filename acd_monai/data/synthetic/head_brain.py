"""What a brain shows as a function of the place: folded cortex, white matter, nuclei, ventricles, cerebellum, stem."""

from __future__ import annotations

import numpy as np

from acd_monai.data.synthetic.brain_shape import CEREBRUM, Brain, hindbrain_distance, ventricle_distance
from acd_monai.data.synthetic.solid_shapes import ellipsoid, paint, share

__all__ = ["paint_brain"]


def paint_brain(
    brain: Brain, tones: dict[str, float], places: np.ndarray, cerebrum: np.ndarray, softness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tone of every place within the skull's cavity, and the share of it that is brain tissue.

    Args:
        brain: as drawn.
        tones: brightness of the tissues.
        places: float32 ``(3, N)``, millimetres.
        cerebrum: of :func:`cerebrum_distance` there.
        softness: width of the borders between tissues, millimetres.
    """
    values = np.full(places.shape[1], tones["csf"], dtype=np.float32)
    tissue = np.zeros_like(values)
    x, y, z = places
    bend = brain.bend.at(places)

    fore = np.flatnonzero(cerebrum < softness)
    spot, depth, vary = places[:, fore], -cerebrum[fore], bend[fore]
    inwards = np.minimum(depth, _fold_distance(brain, spot, depth, vary))
    grey = share(-inwards, softness)
    tone = np.full(len(fore), tones["grey"], dtype=np.float32)
    paint(tone, tones["white"], share(brain.ribbon * (1 + np.float32(0.15) * vary) - inwards, softness))
    _paint_nuclei(brain, tones, tone, spot + vary, softness)
    values[fore] += grey * (tone - values[fore])
    tissue[fore] = grey

    hind = np.flatnonzero((y < 10) & (z < 0))
    spot = places[:, hind]
    rear, stem = hindbrain_distance(brain, spot)
    part = values[hind]
    paint(part, tones["csf"], share(np.minimum(rear, stem) - np.float32(1.6), softness) * share(spot[2] + 17, 5.0))
    paint(part, _leaves(brain, tones, spot, rear, softness), share(rear, softness))
    paint(part, 0.25 * tones["grey"] + 0.75 * tones["white"], share(stem, softness))
    values[hind] = part
    tissue[hind] = np.maximum(tissue[hind], share(np.minimum(rear, stem), softness))

    wet = share(ventricle_distance(brain, places + bend), softness)
    paint(values, tones["csf"], wet)
    tissue *= 1 - wet
    plexus = ellipsoid(np.stack([np.abs(x), y, z]), (23.0, -36.0, 7.0), (2.5, 6.0, 3.0))
    paint(values, 0.5 * (tones["grey"] + tones["dura"]), wet * share(plexus + 2 * bend, softness))
    values *= 1 + np.float32(brain.unevenness) * brain.texture.at(places)
    return values, tissue


def _fold_distance(brain: Brain, places: np.ndarray, depth: np.ndarray, vary: np.ndarray) -> np.ndarray:
    """Return the distance to the nearest sulcus or fissure, ``(N,)`` mm, below 0 in it."""
    x, y, z = places
    mirrored = np.stack([x + np.float32(40) * np.sign(x), y, z])  # the two sides fold apart
    away = places - np.array(CEREBRUM, dtype=np.float32)[:, None]
    near = np.sqrt(((away / np.array(brain.radii, dtype=np.float32)[:, None]) ** 2).sum(axis=0))
    near = np.maximum(near, np.float32(0.3))
    bottom = ellipsoid(np.stack([np.zeros_like(x), y, z]), (0.0, -4.0, 4.0), (1e6, 42.0, 25.0))
    cleft = np.hypot(x + vary, np.maximum(-bottom, 0)) - np.float32(brain.fissure)
    # The Sylvian fissure runs backwards and up along the side, over the temporal lobe.
    curl = brain.curl.shifts(places)
    across = np.abs(z + 3 - np.float32(0.45) * (y - 10) + 2 * vary + 4 * curl[2]) * np.float32(0.8)
    short = np.maximum(np.abs(y - 8) - 32, 0)
    sylvian = np.hypot(across, np.maximum(33 - np.abs(x), 0) + short) - np.float32(0.6 + brain.sulcus)
    nearest = np.minimum(cleft, sylvian)
    depth = np.maximum(depth, 62 * (1 - near) - 3)  # the base is nearer than the side, yet sulci come from the side
    # Sulci are sheets that stand on the surface: the field is looked up where the place lies on the surface.
    foot = (mirrored - np.array(CEREBRUM, dtype=np.float32)[:, None] + 3 * curl) / near
    upright = away / np.linalg.norm(away, axis=0)
    for folds, reach in ((brain.folds, brain.fold_depth), (brain.small_folds, 0.5 * brain.fold_depth)):
        field, slope = folds.with_slope(foot * (np.float32(0.85) + np.float32(0.15) * near))
        slope -= (slope * upright).sum(axis=0) * upright
        sheet = np.abs(field) * near / np.maximum(np.linalg.norm(slope, axis=0), np.float32(1e-4))
        ends = np.maximum(depth - np.float32(reach) * (1 + np.float32(0.3) * vary), 0)
        width = np.float32(brain.sulcus) * (1 + np.float32(0.4) * vary) * (1 - depth / np.float32(1.5 * reach))
        nearest = np.minimum(nearest, np.hypot(sheet, ends) - width)
    return nearest


def _paint_nuclei(brain: Brain, tones: dict[str, float], tone: np.ndarray, places: np.ndarray, softness: float) -> None:
    """Paint the deep grey matter into the white."""
    core = np.flatnonzero((np.abs(places[0]) < 44) & (np.abs(places[1]) < 48) & (np.abs(places[2] - 5) < 30))
    x, y, z = places[:, core]
    sided = np.stack([np.abs(x), y, z])
    wide = 4.0 * (brain.ventricles - 1)
    caudate = ellipsoid(sided, (14.0 + wide, 18.0, 11.0), (4.5, 17.0, 9.0))
    putamen = ellipsoid(
        np.stack([np.abs(x) - np.float32(0.12) * np.abs(y - 4), y, z]), (26.0 + wide / 2, 4.0, 2.0), (5.0, 17.0, 10.0)
    )
    pallidum = ellipsoid(sided, (20.0 + wide / 2, 2.0, 1.0), (4.0, 9.0, 7.0))
    thalamus = ellipsoid(sided, (11.0 + wide / 2, -14.0, 4.0), (8.5, 13.0, 9.0))
    part = tone[core]
    paint(part, tones["nuclei"], share(np.minimum(caudate, putamen), 1.3 * softness))
    paint(part, 0.6 * tones["nuclei"] + 0.4 * tones["white"], share(np.minimum(pallidum, thalamus), 2 * softness))
    tone[core] = part


def _leaves(
    brain: Brain, tones: dict[str, float], places: np.ndarray, distance: np.ndarray, softness: float
) -> np.ndarray:
    """Return the tone of the cerebellum: thin grey leaves around a white tree."""
    x, y, z = places
    angle = np.arctan2(z + 36, -(y + 34)) * np.float32(22)
    wavy = np.cos((angle + 2 * brain.bend.at(3 * places)) * np.float32(2 * np.pi / brain.folia))
    depth = -distance
    white = share(7 + 3 * wavy + 2 * np.cos(np.abs(x) / 4) - depth, 3 * softness)
    stripes = np.float32(0.12) * wavy * (1 - white)
    tone = tones["grey"] + white * (tones["white"] - tones["grey"])
    clefts = np.float32(0.25) * np.clip(np.float32(-0.4) - wavy, 0, 1) * (depth < 5)
    return tone + stripes * (tones["white"] - tones["grey"]) + clefts * (tones["csf"] - tones["grey"])
