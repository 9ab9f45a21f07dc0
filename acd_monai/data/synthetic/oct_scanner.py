"""The scanner and its screen: light lost on the way, speckle, noise, and how decades become grey values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.retina_layers import OctGrid
from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["Display", "draw_display", "scan"]


class Display(NamedTuple):
    """All that a device draws anew for a scan, apart from the eye.

    Attributes:
        decades: how many the screen shows.
        floor: detector noise, in shares of the decades.
        gain: float32 ``(1 or K, H, W)``, added to the shares.
        speckle: float32 ``(K, H, W)``, positive, mean 1.
        scale: 0 for logarithmic display; otherwise the power that amplitudes are raised to.
        black, white: shares of the decades shown as black and as white.
        gamma: of the screen.
        inverted: dark on light.
        paper: bool ``(1, H, W)``, what the device leaves blank, and the grey it has there.
        blank: that grey.
        noise: float32 ``(K, H, W)``, of the screen shot.
    """

    decades: float
    floor: float
    gain: np.ndarray
    speckle: np.ndarray
    scale: float
    black: float
    white: float
    gamma: float
    inverted: bool
    paper: np.ndarray
    blank: float
    noise: np.ndarray


def draw_display(rng: np.random.Generator, grid: OctGrid) -> Display:
    """Draw a device's settings and its noise."""
    shape = grid.shape
    height, width = shape[1:]
    psf = (0.0, rng.uniform(0.5, 1.1) * max(1.0, height / 384), rng.uniform(0.55, 1.6) * max(1.0, width / 512))
    looks = rng.uniform(0.15, 1.0)
    speckle = np.float32(looks / 2) * (smooth_field(rng, shape, psf) ** 2 + smooth_field(rng, shape, psf) ** 2)
    speckle += np.float32(1 - looks)
    pupil = smooth_field(rng, (1, 1, width), (0.0, 0.0, width * rng.uniform(0.08, 0.4)))
    depth = np.linspace(-0.5, 0.5, height, dtype=np.float32)[None, :, None]
    gain = np.float32(rng.uniform(-0.12, 0.12)) * depth + np.float32(rng.uniform(0.0, 0.05)) * pupil
    black = rng.uniform(0.0, 0.3)
    blank = np.zeros((1, height, width), dtype=bool)
    if rng.uniform() < 0.2:
        # Averaged scans are turned to fit each other: what none of them covers stays blank.
        slope, margin = rng.uniform(-0.25, 0.25), rng.uniform(0.0, 0.12)
        line = slope * np.linspace(-0.5, 0.5, width)
        rows = np.linspace(0.0, 1.0, height)[:, None]
        edges = rng.choice(3)
        if edges != 1:
            blank[0] |= rows < margin + line
        if edges != 0:
            blank[0] |= rows > 1 - margin + line
    return Display(
        decades=rng.uniform(2.2, 4.2),
        floor=rng.uniform(0.05, 0.36),
        gain=gain,
        speckle=np.maximum(speckle, np.float32(0.02)),
        scale=float(rng.choice((0.0, rng.uniform(0.18, 0.4)), p=(0.8, 0.2))),
        black=black,
        white=rng.uniform(0.82, 1.05),
        gamma=rng.uniform(0.75, 1.45),
        inverted=bool(rng.uniform() < 0.22),
        paper=blank,
        blank=float(rng.choice((0.0, 1.0, rng.uniform()))),
        noise=np.float32(rng.uniform(0.0, 0.03)) * rng.standard_normal(shape, dtype=np.float32),
    )


def scan(value: np.ndarray, display: Display) -> np.ndarray:
    """Return the pictures of a reflectivity ``(K, H, W)``, uint8."""
    decades = np.float32(display.decades * np.log(10))
    light = np.exp(decades * (value + display.gain - 1)) + np.exp(decades * np.float32(display.floor - 1))
    light *= display.speckle
    # The screen shows noise as nearly black and the brightest tissue as nearly white.
    if display.scale:
        shown = light ** np.float32(display.scale)
        black, white = 0.0, np.float32(1.1) * np.quantile(shown[:, ::4, ::4], 0.998)
    else:
        shown = np.log(light) / decades + 1
        black, white = min(display.black, display.floor + 0.1), display.white
    shown = np.clip((shown - np.float32(black)) / np.float32(white - black), 0, 1) ** np.float32(display.gamma)
    if display.inverted:
        shown = 1 - shown
    shown = np.where(display.paper, np.float32(display.blank), shown + display.noise)
    return (np.clip(shown, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)
