"""What a CT scanner makes of a body: kernel, noise of its grain, streaks; each scan its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

__all__ = ["CTScan", "acquire_ct", "draw_ct_scan"]

LOWEST, HIGHEST = -1024.0, 3071.0


class CTScan(NamedTuple):
    """One scan's faults.

    Attributes:
        noise: standard deviation in the middle of the body, Hounsfield units.
        grain_mm: standard deviation of the kernel that the noise has gone through, millimetres.
        blur_mm: of the kernel that the picture has gone through.
        streaks: strength of streaks from side to side, Hounsfield units; 0 mostly.
        rays: strength of rays from dense things, Hounsfield units; 0 mostly.
        padding: what stands outside the scanner's round field of view; NaN for one that fills the picture.
        round: radius of that field, as a share of half the picture.
    """

    noise: float
    grain_mm: float
    blur_mm: float
    streaks: float
    rays: float
    padding: float
    round: float


def draw_ct_scan(rng: np.random.Generator) -> CTScan:
    """Draw a scanner, a dose and a kernel."""
    return CTScan(
        noise=float(np.exp(rng.uniform(np.log(4), np.log(24)))),
        grain_mm=rng.uniform(0.35, 1.1),
        blur_mm=rng.uniform(0.3, 1.0),
        streaks=rng.uniform(4, 14) if rng.uniform() < 0.25 else 0.0,
        rays=rng.uniform(5, 18) if rng.uniform() < 0.15 else 0.0,
        padding=float(rng.choice((-1024.0, -2000.0))) if rng.uniform() < 0.3 else np.nan,
        round=rng.uniform(0.97, 1.05),
    )


def acquire_ct(scan: CTScan, rng: np.random.Generator, hounsfield: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Return one slice as the scanner stores it.

    Args:
        scan: as drawn.
        rng: draws the noise.
        hounsfield: float32 ``(I, J)``.
        spacing: ``(2,)``, millimetres.

    Returns:
        float32 ``(I, J)``, Hounsfield units from -1024 to 3071, the padding aside.
    """
    picture = ndimage.gaussian_filter(hounsfield, scan.blur_mm / spacing, truncate=2.5)
    noise = _grain(rng, picture.shape, scan.grain_mm / spacing)
    dense = ndimage.uniform_filter(picture[::4, ::4] + 1000, max(3, round(60 / (4 * spacing[0]))))
    depth = np.kron(np.sqrt(np.clip(dense / 1000, 0.05, 2)), np.ones((4, 4), np.float32))
    picture = picture + np.float32(scan.noise) * noise * depth[: picture.shape[0], : picture.shape[1]]
    if scan.streaks:
        picture += np.float32(scan.streaks) * _grain(rng, picture.shape, np.array([25.0, 0.8]) / spacing)
    if scan.rays:
        picture += np.float32(scan.rays) * _rays(rng, picture.shape)
    np.clip(picture, LOWEST, HIGHEST, out=picture)
    if np.isfinite(scan.padding):
        i, j = (np.linspace(-1, 1, size, dtype=np.float32) for size in picture.shape)
        picture[np.hypot(i[:, None], j[None]) > scan.round] = scan.padding
    return picture


def _grain(rng: np.random.Generator, shape: tuple[int, ...], sigma: np.ndarray) -> np.ndarray:
    """Return noise of variance 1 that went through a Gaussian kernel, ``sigma`` in pixels."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma, truncate=2.0)
    return noise / noise.std()


def _rays(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return rays that leave one place, weaker with the distance."""
    i0, j0 = rng.uniform(0.35, 0.65) * shape[0], rng.uniform(0.4, 0.8) * shape[1]
    i, j = np.arange(shape[0], dtype=np.float32)[:, None] - i0, np.arange(shape[1], dtype=np.float32)[None] - j0
    table = rng.standard_normal(180).astype(np.float32)
    turn = ((np.arctan2(j, i) / (2 * np.pi) + 0.5) * 180).astype(np.int32) % 180
    return table[turn] * np.exp(-np.hypot(i, j) / (0.3 * shape[0]))
