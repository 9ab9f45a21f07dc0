"""What an MR scanner makes of a head: uneven sensitivity, blur, ghosts and Rician noise, each scan its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.solid_shapes import Waves, make_waves

__all__ = ["MRScan", "acquire_mr", "draw_mr_scan", "sensitivity"]


class MRScan(NamedTuple):
    """One scan's faults.

    Attributes:
        bias: field of the coils' sensitivity, and its strength as a share.
        bias_strength: standard deviation of the sensitivity's logarithm.
        coil: float32 ``(3, 1)``, its steady slope, a millimetre.
        noise: standard deviation in each part of the complex signal, as a share of full brightness.
        blur_mm: standard deviation of the blur in the plane.
        ghost: strength of a copy that the patient's movement leaves, 0 mostly.
        ghost_shift: share of the field of view between the two.
        floor: what the scanner's software sets to 0 outside the head, as a multiple of the noise; 0 mostly.
        gain: stored units of full brightness.
    """

    bias: Waves
    bias_strength: float
    coil: np.ndarray
    noise: float
    blur_mm: float
    ghost: float
    ghost_shift: float
    floor: float
    gain: float


def draw_mr_scan(rng: np.random.Generator) -> MRScan:
    """Draw a scanner on a good or a bad day."""
    return MRScan(
        bias=make_waves(rng, rng.uniform(170, 380), 8),
        bias_strength=rng.uniform(0.0, 0.2),
        coil=rng.normal(0.0, rng.uniform(0.0, 0.0018), (3, 1)).astype(np.float32),
        noise=float(np.exp(rng.uniform(np.log(0.006), np.log(0.05)))),
        blur_mm=rng.uniform(0.2, 1.0),
        ghost=rng.uniform(0.02, 0.09) if rng.uniform() < 0.2 else 0.0,
        ghost_shift=rng.uniform(0.2, 0.5),
        floor=rng.uniform(2.5, 4.0) if rng.uniform() < 0.25 else 0.0,
        gain=float(np.exp(rng.uniform(np.log(300), np.log(3000)))),
    )


def sensitivity(scan: MRScan, places: np.ndarray) -> np.ndarray:
    """Return by how much the coils brighten each place, ``(N,)``.

    Args:
        scan: as drawn.
        places: float32 ``(3, N)``, millimetres from the middle of the head.
    """
    return np.exp(np.float32(scan.bias_strength) * scan.bias.at(places) + (scan.coil * places).sum(axis=0))


def acquire_mr(scan: MRScan, rng: np.random.Generator, tones: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Return one slice as the scanner stores it.

    Args:
        scan: as drawn.
        rng: draws the noise.
        tones: float32 ``(I, J)``, with the coils' sensitivity in it.
        spacing: ``(2,)``, millimetres.

    Returns:
        float32 ``(I, J)``, from 0, arbitrary units.
    """
    picture = ndimage.gaussian_filter(tones, scan.blur_mm / spacing, truncate=2.5)
    if scan.ghost:
        picture += np.float32(scan.ghost) * np.roll(picture, round(scan.ghost_shift * picture.shape[1]), axis=1)
    noise = rng.standard_normal((2, *picture.shape), dtype=np.float32) * np.float32(scan.noise)
    # Magnitude of a complex signal with Gaussian noise in both parts: Rician, never negative.
    stored = np.hypot(picture + noise[0], noise[1])
    if scan.floor:
        smooth = ndimage.uniform_filter(stored, 5)
        stored[smooth < scan.floor * scan.noise] = 0.0
    return stored * np.float32(scan.gain)
