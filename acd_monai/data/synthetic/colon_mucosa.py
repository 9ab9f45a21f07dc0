"""The lining of a colon from near: its colour, its vessels, its fine relief."""

from __future__ import annotations

import colorsys
import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.colon_wall import Wall
from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["Mucosa", "colour_wall", "draw_mucosa"]

TILE = 256
"""Texels of a texture either way; it repeats."""

BANK = 48
"""How many textures of a kind all pictures share; each picture moves, turns, scales and colours its own."""


class Mucosa(NamedTuple):
    """What the wall looks like from near.

    Attributes:
        colour: float32 ``(3,)``.
        blood: float32 ``(3,)``, share of each colour that a vessel leaves.
        vessels: float32 ``(TILE, TILE)`` in [0, 1], repeating.
        relief: float32 ``(TILE, TILE)``, fine relief, repeating.
        texels: of the textures in a radius of the tube.
        patches: float32 ``(H, W)``, slow change of colour.
    """

    colour: np.ndarray
    blood: np.ndarray
    vessels: np.ndarray
    relief: np.ndarray
    texels: float
    patches: np.ndarray

    def crop(self, box: tuple[slice, slice]) -> Mucosa:
        """Return that of a part of the picture."""
        return self._replace(patches=self.patches[box])


def draw_mucosa(rng: np.random.Generator, size: int) -> Mucosa:
    """Draw colour, vessels and relief."""
    hue = rng.choice((rng.normal(0.025, 0.022), rng.uniform(0.0, 0.085)), p=(0.75, 0.25)) % 1.0
    colour = colorsys.hsv_to_rgb(hue, rng.uniform(0.4, 0.78), rng.uniform(0.7, 0.95))
    visible = rng.choice((0.0, rng.uniform(0.2, 0.5), rng.uniform(0.5, 1.0)), p=(0.2, 0.4, 0.4))
    blood = 1 - visible * np.array([0.12, 0.42, 0.38]) * rng.uniform(0.6, 1.2)
    return Mucosa(
        np.array(colour, dtype=np.float32),
        blood.astype(np.float32),
        _turned(rng, _vessel_tile(int(rng.integers(BANK)))) if visible else np.zeros((TILE, TILE), dtype=np.float32),
        _turned(rng, _relief_tile(int(rng.integers(BANK)))),
        rng.uniform(50, 120),
        smooth_field(rng, (size, size), (0.12 * size,) * 2),
    )


def _turned(rng: np.random.Generator, tile: np.ndarray) -> np.ndarray:
    """Return a repeating tile moved, turned and mirrored."""
    tile = np.roll(tile, rng.integers(0, TILE, 2), axis=(0, 1))
    return np.ascontiguousarray(np.rot90(tile[:: rng.choice((-1, 1))], int(rng.integers(4))))


@lru_cache(maxsize=BANK)
def _relief_tile(number: int) -> np.ndarray:
    """Return one of the shared repeating reliefs, ``(TILE, TILE)`` of mean 0 and variance about 2."""
    rng = np.random.default_rng([zlib.crc32(b"relief"), number])
    rate = np.fft.fftfreq(TILE)
    total = np.zeros((TILE, TILE))
    for width in (1.6, 5.0):
        shape = np.exp(-2 * (np.pi * width) ** 2 * (rate[:, None] ** 2 + rate[None, : TILE // 2 + 1] ** 2))
        noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((TILE, TILE))) * shape)
        total += noise / noise.std()
    return total.astype(np.float32)


@lru_cache(maxsize=BANK)
def _vessel_tile(number: int) -> np.ndarray:
    """Return one of the shared repeating nets of vessels that wind, branch and thin out, in [0, 1]."""
    rng = np.random.default_rng([zlib.crc32(b"vessels"), number])
    count = int(rng.integers(3, 10))
    place, way = rng.uniform(0, TILE, (count, 2)), rng.uniform(0, 2 * np.pi, count)
    width = rng.uniform(0.9, 2.2, count)
    winding = rng.uniform(0.08, 0.3)
    points, widths = [], []
    for _ in range(int(rng.integers(60, 140))):
        way = way + rng.normal(0.0, winding, len(way))
        place = place + np.stack([np.sin(way), np.cos(way)], axis=1)
        width = width * 0.988
        points.append(place)
        widths.append(width)
        splits = (rng.uniform(size=len(way)) < 0.025) & (width > 0.45)
        turn = rng.choice((-1.0, 1.0), len(way)) * rng.uniform(0.4, 1.0, len(way))
        place, width = np.concatenate([place, place[splits]]), np.concatenate([width, 0.8 * width[splits]])
        way = np.concatenate([way - 0.4 * turn * splits, (way + turn)[splits]])
    where, thick = np.concatenate(points), np.concatenate(widths)
    lines = np.zeros((TILE, TILE), dtype=np.float32)
    for low, high, sigma in ((0.0, 0.7, 0.55), (0.7, 1.3, 1.0), (1.3, 9.0, 1.6)):
        part = np.zeros((TILE, TILE), dtype=np.float32)
        chosen = where[(thick > low) & (thick <= high)].astype(int) % TILE
        part[chosen[:, 0], chosen[:, 1]] = 2.0 * sigma
        lines = np.maximum(lines, ndimage.gaussian_filter(part, sigma, mode="wrap", truncate=2.5))
    return np.clip(1.2 * lines, 0, 1)


def colour_wall(wall: Wall, mucosa: Mucosa) -> tuple[np.ndarray, np.ndarray]:
    """Return the wall's own colour ``(3, H, W)`` and its fine relief ``(H, W)``."""
    texel = np.float32(mucosa.texels)
    around = wall.angle * np.float32(round(mucosa.texels * 2 * np.pi / TILE) * TILE / (2 * np.pi))
    place = [around % TILE, (wall.depth * texel) % TILE]
    vessel, relief = (
        ndimage.map_coordinates(tile, place, order=1, mode="grid-wrap", prefilter=False)
        for tile in (mucosa.vessels, mucosa.relief)
    )
    # Where texels are smaller than pixels the texture fades into its mean.
    seen = np.clip(np.float32(3.0) / np.maximum(wall.depth, np.float32(0.3)), 0, 1)
    vessel, relief = vessel * seen, relief * seen
    shade = mucosa.colour[:, None, None] * (1 + np.float32(0.02) * relief)
    shade = shade * (1 + np.array([0.02, 0.07, 0.07], dtype=np.float32)[:, None, None] * mucosa.patches)
    return shade * (1 - vessel * (1 - mucosa.blood)[:, None, None]), relief
