"""Machines that look into a thing rather than at it: X-ray film and detector, tomograph, pulse-echo scanner."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pixel_grid, smooth_noise
from acd_monai.data.synthetic.texture_scene import Surface, focus

__all__ = ["Scanner", "make_echo_scanner", "make_radiograph", "make_tomograph"]

_FALSE_COLOURS = np.array(
    [
        [[0, 0, 0], [120, 10, 0], [230, 90, 0], [255, 200, 60], [255, 255, 230]],  # hot metal
        [[0, 0, 60], [0, 80, 230], [40, 220, 160], [245, 220, 30], [180, 0, 0]],  # rainbow
        [[10, 0, 40], [70, 20, 110], [170, 60, 100], [240, 140, 50], [250, 240, 120]],  # iron
        [[0, 0, 0], [10, 60, 80], [40, 130, 150], [130, 200, 200], [255, 255, 255]],  # ice
    ],
    dtype=np.float32,
)


class Scanner(NamedTuple):
    """What a scanner makes of a thing.

    Attributes:
        absorption: share of the signal that a unit of relief takes away.
        sensitivity: float32 ``(H, W)``, about 1: what the signal is multiplied by, place by place.
        noise: float32 ``(H, W)``, what is added to it.
        blur: weight of the neighbouring pixels, to either side, at most 0.25.
        passes: how often it blurs.
        window: the signals shown as black and as white.
        palette: uint8 ``(256, 3)``, the colours shown.
    """

    absorption: float
    sensitivity: np.ndarray
    noise: np.ndarray
    blur: float
    passes: int
    window: tuple[float, float]
    palette: np.ndarray

    def crop(self, box: tuple[slice, slice]) -> Scanner:
        """Return the scanner of a part of the picture."""
        return self._replace(sensitivity=self.sensitivity[box], noise=self.noise[box])

    def take(self, surface: Surface) -> np.ndarray:
        """Return the picture of a thing, uint8 ``(H, W, 3)``."""
        signal = surface.colour.mean(0) * np.exp(np.float32(-self.absorption) * surface.height)
        signal = (signal * self.sensitivity)[None]
        for _ in range(self.passes):
            signal = focus(signal, np.float32(self.blur))
        low, high = self.window
        shown = (signal[0] + self.noise - np.float32(low)) * np.float32(255 / (high - low)) + np.float32(0.5)
        return self.palette[np.clip(shown, 0, 255).astype(np.uint8)]


def make_radiograph(rng: np.random.Generator, size: int) -> Scanner:
    """X-rays through a thing onto film or a detector: quantum mottle, an uneven beam, shown either way round."""
    y, x = (line / np.float32(SPAN) - np.float32(0.5) for line in pixel_grid(size))
    centre = rng.uniform(-0.4, 0.4, 2).astype(np.float32)
    beam = 1 - np.float32(rng.uniform(0.0, 0.35)) * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2)
    return Scanner(
        absorption=rng.uniform(0.012, 0.045) * rng.choice((-1, 1)),
        sensitivity=beam * _unevenness(rng, size, 0.03),
        noise=_grain(rng, size, rng.uniform(0.0, 0.035)),
        blur=rng.uniform(0.05, 0.24),
        passes=int(rng.integers(1, 4)),
        window=_window(rng),
        palette=_palette(rng, inverted=rng.uniform() < 0.5),
    )


def make_tomograph(rng: np.random.Generator, size: int) -> Scanner:
    """A slice through a thing: cupping, rings about the turning axis, streaks, and noise of some width."""
    y, x = pixel_grid(size)
    centre = SPAN * rng.uniform(0.4, 0.6, 2).astype(np.float32)
    radius = np.hypot(x - centre[0], y - centre[1])
    noise = _grain(rng, size, rng.uniform(0.0, 0.04))
    if rng.uniform() < 0.4:
        table = rng.standard_normal(400).astype(np.float32)
        noise += np.float32(rng.uniform(0.003, 0.02)) * table[radius.astype(np.int32)]
    if rng.uniform() < 0.25:
        turns = rng.integers(5, 40)
        angle = np.arctan2(y - centre[1], x - centre[0])
        noise += np.float32(rng.uniform(0.003, 0.02)) * np.sin(np.float32(turns) * angle)
    cupping = 1 + np.float32(rng.uniform(-0.15, 0.3)) * ((radius / np.float32(SPAN)) ** 2 - np.float32(0.1))
    return Scanner(
        absorption=rng.uniform(0.012, 0.045) * rng.choice((-1, 1)),
        sensitivity=cupping * _unevenness(rng, size, 0.08),
        noise=noise,
        blur=rng.uniform(0.05, 0.24),
        passes=int(rng.integers(1, 4)),
        window=_window(rng),
        palette=_palette(rng, inverted=rng.uniform() < 0.2),
    )


def make_echo_scanner(rng: np.random.Generator, size: int) -> Scanner:
    """Ultrasound or light sent in and its echoes listened to: speckle, and little else."""
    grain = rng.uniform(0.5, 1.5, 2)  # speckle is drawn out along one axis
    speckle = smooth_noise(rng, size, float(grain.min()))
    shift = int(rng.integers(0, 3))
    speckle = (speckle + np.roll(speckle, shift, axis=1)) * np.float32(1 / np.sqrt(2 if shift else 4))
    strength = np.float32(rng.uniform(0.05, 0.4))
    return Scanner(
        absorption=rng.uniform(0.012, 0.045) * rng.choice((-1, 1)),
        sensitivity=np.exp(strength * speckle) * _unevenness(rng, size, 0.08),
        noise=_grain(rng, size, rng.uniform(0.005, 0.05)),
        blur=rng.uniform(0.02, 0.2),
        passes=int(rng.integers(1, 3)),
        window=_window(rng),
        palette=_palette(rng, inverted=rng.uniform() < 0.25),
    )


def _grain(rng: np.random.Generator, size: int, sigma: float) -> np.ndarray:
    """Return noise of standard deviation ``sigma``, in part without and in part with some width."""
    even = (rng.random((size, size), dtype=np.float32) - np.float32(0.5)) * np.float32(np.sqrt(12))
    if rng.uniform() < 0.4:
        return np.float32(sigma) * even
    return np.float32(0.7 * sigma) * (even + smooth_noise(rng, size, rng.uniform(0.6, 1.8)))


def _unevenness(rng: np.random.Generator, size: int, most: float) -> np.ndarray:
    return 1 + np.float32(rng.uniform(0.0, most)) * np.clip(smooth_noise(rng, size, rng.uniform(40, 120)), -2, 2)


def _window(rng: np.random.Generator) -> tuple[float, float]:
    return rng.uniform(-0.2, 0.03), rng.uniform(0.95, 1.35)


def _palette(rng: np.random.Generator, inverted: bool) -> np.ndarray:
    """Return grey mostly, bent by a gamma; false colours at times."""
    level = np.linspace(0, 1, 256) ** rng.uniform(0.7, 1.4)
    level = 1 - level if inverted else level
    stops = np.repeat(np.linspace(0, 255, 5)[:, None], 3, axis=1)
    draw = rng.uniform()
    if draw < 0.06:
        stops = _FALSE_COLOURS[rng.integers(len(_FALSE_COLOURS))]
    elif draw < 0.14:
        stops = stops * rng.uniform(0.88, 1.0, 3)
    channels = [np.interp(level, np.linspace(0, 1, 5), stops[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)
