"""The light that a retina sends back: its layers, their grain, the choroid's vessels, shadows, and what is ill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.retina_layers import BANDS, Eye, OctGrid, find_surfaces
from acd_monai.data.synthetic.retina_lesions import Disease, paint_blobs
from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["reflect"]


class _Texture(NamedTuple):
    grain: np.ndarray
    lumen: np.ndarray


def reflect(rng: np.random.Generator, grid: OctGrid, eye: Eye, disease: Disease) -> tuple[np.ndarray, np.ndarray]:
    """Return how much light comes back, in shares of the displayed decades, and the mask, ``(K, H, W)`` each."""
    surfaces = find_surfaces(eye, disease.lift, grid.steps[2])
    brightness = eye.brightness.copy()
    brightness[BANDS.index("subretinal")] = disease.subretinal
    brightness[BANDS.index("sub-RPE")] = disease.beneath
    textures = _draw_texture(rng, grid)
    value = np.full(grid.shape, brightness[0], dtype=np.float32)
    soft = np.float32(max(0.8 * grid.steps[1], 0.004))
    for index, surface in enumerate(surfaces):
        step = brightness[index + 1] - brightness[index]
        value += step * np.clip((grid.z - surface) / soft + np.float32(0.5), 0, 1)
    inside = grid.z > surfaces[0]
    value += textures.grain * inside
    choroid = np.clip((grid.z - surfaces[-2]) / np.float32(0.02), 0, 1)
    below = np.clip((surfaces[-1] - grid.z) / np.float32(0.04) + 1, 0, 1)
    value -= textures.lumen * choroid * below
    mask = np.zeros(grid.shape, dtype=bool)
    shade = np.zeros(grid.shape, dtype=np.float32)
    for name in ("subretinal", "sub-RPE"):
        first = BANDS.index(name) - 1
        thick = surfaces[first + 1] - surfaces[first] > grid.steps[1]
        mask |= (grid.z >= surfaces[first]) & (grid.z < surfaces[first + 1]) & thick
    paint_blobs(value, mask, shade, grid, surfaces, disease.blobs)
    _add_vessels(rng, grid, surfaces, value, shade)
    depth = np.maximum(grid.z - eye.membrane - np.float32(0.02), 0)
    value -= shade + np.float32(rng.uniform(0.15, 0.75)) * depth
    if rng.uniform() < 0.2:
        # The hyaloid: a thin veil in the vitreous.
        wave = smooth_field(rng, (grid.shape[0], 1, grid.shape[2]), (8.0, 0.0, grid.shape[2] * 0.2))
        line = surfaces[0].min() * rng.uniform(0.3, 0.9) + 0.02 * wave
        value += 0.25 * np.exp(-(((grid.z - line) / 0.006) ** 2)) * ~inside
    return value, mask


def _draw_texture(rng: np.random.Generator, grid: OctGrid) -> _Texture:
    """Draw the unevenness of all tissue, and the vessels of the choroid."""
    steps = np.array(grid.steps)
    grain = smooth_field(rng, grid.shape, np.maximum(np.array([0.05, 0.008, 0.03]) / steps, 0.6))
    vessel = rng.uniform(0.6, 1.5) * np.array([0.12, 0.035, 0.07])
    coarse = smooth_field(rng, grid.shape, np.maximum(vessel / steps, 0.6))
    fine = smooth_field(rng, grid.shape, np.maximum(0.45 * vessel / steps, 0.6))
    lumen = np.clip((coarse + 0.5 * fine + rng.uniform(-0.5, 0.4)) / 0.5, 0, 1)
    return _Texture(
        (rng.uniform(0.005, 0.03) * grain).astype(np.float32), (rng.uniform(0.1, 0.32) * lumen).astype(np.float32)
    )


def _add_vessels(
    rng: np.random.Generator, grid: OctGrid, surfaces: np.ndarray, value: np.ndarray, shade: np.ndarray
) -> None:
    """Put vessels of the retina near its surface, each with the shadow that it throws."""
    reach = grid.steps[2] * grid.shape[2] / 2
    for _ in range(int(rng.integers(0, 9))):
        x = rng.uniform(-reach, reach) + rng.uniform(-0.5, 0.5) * (grid.y - grid.y.mean())
        radius, deep = rng.uniform(0.015, 0.065), rng.uniform(0.012, 0.05)
        strength = rng.uniform(0.05, 0.28) * min(1.0, radius / 0.04)
        across = (grid.x - x) / radius
        thick = surfaces[2] - surfaces[0] > 0.02
        wall = surfaces[0] + np.float32(deep)
        veil = np.exp(-(across**4)) * thick
        value += 0.16 * veil * np.exp(-(((grid.z - wall) / (0.7 * radius)) ** 2))
        shade += np.float32(strength) * veil * np.clip((grid.z - wall) / np.float32(0.03), 0, 1)
