"""Diseases of the macula as optical coherence tomography shows them: fluid, drusen, detachments, bright foci."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.retina_layers import BANDS, Lift, OctGrid

__all__ = ["RETINA_LESIONS", "Blob", "Disease", "draw_disease", "no_disease", "paint_blobs"]

RETINA_LESIONS = (
    "drusen",
    "hyperreflective_foci",
    "intraretinal_fluid",
    "pigment_epithelial_detachment",
    "subretinal_fluid",
)

_RECEPTORS = BANDS.index("ELM") - 1
"""Surface behind which no cyst and no focus reaches."""

FLUID = 0.07
BRIGHT = 0.97


class Blob(NamedTuple):
    """An ellipsoid inside a layer.

    Attributes:
        x, y: its centre, mm.
        band: the layer it lies in, index into :data:`BANDS`.
        place: how deep in that layer, from 0 to 1.
        radii: half axes along ``(y, z, x)``, mm.
        brightness: in shares of the displayed decades.
    """

    x: float
    y: float
    band: int
    place: float
    radii: tuple[float, float, float]
    brightness: float


class Disease(NamedTuple):
    """What is wrong with an eye.

    Attributes:
        lift: how the layers are moved apart.
        blobs: cysts and foci.
        beneath: brightness of what lies under the pigment epithelium.
        subretinal: brightness of what lies under the retina.
    """

    lift: Lift
    blobs: tuple[Blob, ...]
    beneath: float
    subretinal: float


def no_disease(grid: OctGrid) -> Disease:
    """Return a healthy eye's."""
    nothing = np.zeros((grid.shape[0], 1, grid.shape[2]), dtype=np.float32)
    return Disease(Lift(nothing, nothing, nothing, nothing), (), 0.5, 0.5)


def draw_disease(rng: np.random.Generator, grid: OctGrid, kinds: tuple[str, ...], strength: float) -> Disease:
    """Draw lesions of some kinds; ``strength`` from 1 makes them larger and puts them nearer the middle."""
    lift = {name: value.copy() for name, value in no_disease(grid).lift._asdict().items()}
    blobs: list[Blob] = []
    beneath, subretinal = 0.5, FLUID
    for kind in kinds:
        x, y = _middle(rng, grid, strength)
        if kind == "drusen":
            _add_drusen(rng, grid, lift["beneath"], x, y, strength)
            beneath = rng.uniform(0.5, 0.78)
        elif kind == "pigment_epithelial_detachment":
            height = strength * rng.uniform(0.07, 0.34)
            lift["beneath"] += _dome(rng, grid, x, y, height, height * rng.uniform(2.0, 6.0))
            beneath = float(rng.choice((FLUID, rng.uniform(0.25, 0.65))))
        elif kind == "subretinal_fluid":
            height = strength * rng.uniform(0.035, 0.3)
            lift["subretinal"] += _dome(rng, grid, x, y, height, max(0.3, height * rng.uniform(2.5, 9.0)))
            subretinal = rng.uniform(0.03, 0.16)
        elif kind == "intraretinal_fluid":
            blobs += _draw_cysts(rng, grid, lift, x, y, strength)
        else:
            blobs += _draw_foci(rng, grid, x, y, strength)
    return Disease(Lift(**lift), tuple(blobs), float(beneath), float(subretinal))


def _middle(rng: np.random.Generator, grid: OctGrid, strength: float) -> tuple[float, float]:
    reach = 0.38 / strength * grid.steps[2] * grid.shape[2]
    rows = grid.y.ravel()
    return float(rng.uniform(-reach, reach)), float(rng.uniform(*np.quantile(rows, (0.3, 0.7))))


def _dome(rng: np.random.Generator, grid: OctGrid, x: float, y: float, height: float, radius: float) -> np.ndarray:
    """Return a dome's height ``(K, 1, W)``, mm: from round to flat-topped, not quite even."""
    skew = rng.uniform(-0.25, 0.25)
    u, v = (grid.x - x) / radius, (grid.y - y) / (radius * rng.uniform(0.8, 1.3))
    far = (u * (1 + skew * np.sign(u))) ** 2 + v**2
    wavy = 1 + 0.12 * np.sin(rng.uniform(2, 6) * u + rng.uniform(0, 6)) * rng.uniform(0, 1)
    return (height * np.maximum(1 - far, 0) ** rng.uniform(0.6, 1.3) * wavy).astype(np.float32)


def _add_drusen(rng: np.random.Generator, grid: OctGrid, lift: np.ndarray, x: float, y: float, strength: float) -> None:
    spread = rng.uniform(0.2, 1.6)
    for index in range(int(rng.integers(1, 12))):
        height = strength * rng.uniform(0.03, 0.09)
        radius = height * rng.uniform(1.5, 4.0)
        at = x + (rng.normal(0.0, spread) if index else 0.0)
        np.maximum(lift, _dome(rng, grid, at, y + rng.normal(0.0, 0.06) * (index > 0), height, radius), out=lift)


def _draw_cysts(
    rng: np.random.Generator, grid: OctGrid, lift: dict[str, np.ndarray], x: float, y: float, strength: float
) -> list[Blob]:
    blobs = []
    brightness = rng.uniform(0.03, 0.17)
    largest = strength * rng.uniform(0.035, 0.15)
    spread = rng.uniform(2.0, 7.0) * largest
    # The tissue between them is swollen, too.
    lift["outer"] += _dome(rng, grid, x, y, rng.uniform(0.0, 1.0) * largest, 2.5 * spread)
    for index in range(int(rng.integers(1, 10))):
        tall = largest if index == 0 else max(0.02, largest * rng.uniform(0.25, 0.9))
        wide = tall * rng.uniform(0.9, 2.8)
        at = (y + rng.normal(0.0, 0.3 * spread) * (index > 0), x + rng.normal(0.0, spread) * (index > 0))
        name = str(rng.choice(("INL", "ONL")))
        layer = lift["inner" if name == "INL" else "outer"]
        far = ((grid.x - at[1]) / (1.7 * wide)) ** 2 + ((grid.y - at[0]) / (1.7 * wide)) ** 2
        np.maximum(layer, 1.9 * tall * np.exp(-far), out=layer)
        blobs.append(
            Blob(at[1], at[0], BANDS.index(name), rng.uniform(0.42, 0.58), (wide, tall, wide), float(brightness))
        )
    return blobs


def _draw_foci(rng: np.random.Generator, grid: OctGrid, x: float, y: float, strength: float) -> list[Blob]:
    blobs = []
    for index in range(int(rng.integers(3, 18))):
        # Never so small that speckle hides it: a few of the picture's own pixels.
        tall = max(strength * rng.uniform(0.008, 0.026), 1.4 * strength * grid.steps[1])
        wide = max(tall * rng.uniform(0.9, 2.0), 1.4 * strength * grid.steps[2])
        place = (y + rng.normal(0.0, 0.5 * wide), x + rng.normal(0.0, 0.7))
        band = int(rng.integers(BANDS.index("IPL"), BANDS.index("ONL") + 1))
        brightness = BRIGHT - rng.uniform(0.0, 0.17)
        if index % 3 == 0 and len(grid.y) > 1:
            place = (float(rng.choice(grid.y.ravel())), place[1])
        blobs.append(Blob(place[1], place[0], band, rng.uniform(0.1, 0.9), (wide, tall, wide), brightness))
    return blobs


def paint_blobs(
    value: np.ndarray, mask: np.ndarray, shade: np.ndarray, grid: OctGrid, surfaces: np.ndarray, blobs: tuple[Blob, ...]
) -> None:
    """Draw cysts and foci into reflectivity ``value``, ``mask`` and the shadow ``shade`` they throw, all in place."""
    for blob in blobs:
        column = int(np.clip(np.searchsorted(grid.x.ravel(), blob.x), 0, grid.shape[2] - 1))
        row = int(np.abs(grid.y.ravel() - blob.y).argmin())
        upper, lower = surfaces[blob.band - 1, row, 0, column], surfaces[blob.band, row, 0, column]
        depth = upper + blob.place * (lower - upper)
        box = tuple(
            _near(line.ravel(), centre, 1.3 * radius)
            for line, centre, radius in zip((grid.y, grid.z, grid.x), (blob.y, depth, blob.x), blob.radii, strict=True)
        )
        y, z, x = grid.y[box[0]], grid.z[:, box[1]], grid.x[:, :, box[2]]
        if not (y.size and z.size and x.size):
            continue  # out of the picture
        far = np.sqrt(
            ((y - blob.y) / blob.radii[0]) ** 2
            + ((z - depth) / blob.radii[1]) ** 2
            + ((x - blob.x) / blob.radii[2]) ** 2
        )
        soft = max(grid.steps[1] / blob.radii[1], 0.08)
        # Inside the retina: neither out into the vitreous nor down into the receptors.
        front, back = (surfaces[index, box[0], :, box[2]] for index in (0, _RECEPTORS))
        inside = (z > front + 1.5 * grid.steps[1]) & (z < back)
        share = np.clip((1 - far) / soft + 0.5, 0, 1) * inside
        value[box] += share * (blob.brightness - value[box])
        mask[box] |= share > 0.5
        if blob.brightness > 0.8:
            below = (box[0], slice(box[1].stop, None), box[2])
            shade[below] += 0.06 * share.max(axis=1, keepdims=True)


def _near(line: np.ndarray, centre: float, radius: float) -> slice:
    start, stop = np.searchsorted(line, (centre - radius, centre + radius))
    return slice(int(start), int(stop))
