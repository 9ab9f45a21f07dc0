"""What lies before the mucosa in healthy colons too: bubbles, liquid, bits of stool."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.smooth_fields import smooth_field
from acd_monai.data.synthetic.texture_fields import smooth_step

__all__ = ["Debris", "add_debris", "draw_debris"]


class Debris(NamedTuple):
    """What is laid over a picture.

    Attributes:
        bubbles: float32 ``(N, 3)``, row, column and radius, pixels.
        residue: float32 ``(H, W)`` in [0, 1], how much of it covers the wall.
        colour: float32 ``(3,)``, of the residue.
    """

    bubbles: np.ndarray
    residue: np.ndarray
    colour: np.ndarray


def draw_debris(rng: np.random.Generator, size: int) -> Debris:
    """Draw it; most frames have none or little."""
    kind = rng.uniform()
    count = 0 if kind < 0.65 else int(rng.integers(1, 6) if kind < 0.9 else rng.integers(6, 40))
    heart = rng.uniform(0, size, 2)
    bubbles = np.column_stack(
        [heart + rng.normal(0.0, 0.15 * size, (count, 2)), size * rng.lognormal(np.log(0.018), 0.45, count)]
    )
    residue = np.zeros((size, size), dtype=np.float32)
    kind = rng.choice(3, p=(0.7, 0.15, 0.15))
    if kind == 1:  # bits
        field = smooth_field(rng, (size, size), (rng.uniform(0.01, 0.03) * size,) * 2)
        where = smooth_field(rng, (size, size), (0.15 * size,) * 2)
        residue = smooth_step(field + where, 2.6, 2.9) * np.float32(rng.uniform(0.5, 0.95))
    elif kind == 2:  # liquid
        field = smooth_field(rng, (size, size), (rng.uniform(0.1, 0.25) * size,) * 2)
        residue = smooth_step(field, 1.2, 1.35) * np.float32(rng.uniform(0.3, 0.7))
    colour = np.array([rng.uniform(0.6, 0.85), rng.uniform(0.45, 0.7), rng.uniform(0.1, 0.4)], dtype=np.float32)
    return Debris(bubbles.astype(np.float32), residue, colour)


def add_debris(picture: np.ndarray, debris: Debris) -> np.ndarray:
    """Return the picture ``(3, H, W)`` with it, lit as the wall behind it is."""
    light = picture.max(axis=0)
    picture = picture + debris.residue * (debris.colour[:, None, None] * (light + np.float32(0.05)) - picture)
    for row, column, radius in debris.bubbles:
        _add_bubble(picture, float(row), float(column), max(float(radius), 1.5))
    return picture


def _add_bubble(picture: np.ndarray, row: float, column: float, radius: float) -> None:
    """Draw a thin bright rim, a glint on one side, and the light that gathers on the other."""
    size = picture.shape[1]
    box = [slice(max(0, int(at - radius - 2)), min(size, int(at + radius + 3))) for at in (row, column)]
    y = (np.arange(box[0].start, max(box[0].start, box[0].stop), dtype=np.float32) - row)[:, None] / radius
    x = (np.arange(box[1].start, max(box[1].start, box[1].stop), dtype=np.float32) - column)[None, :] / radius
    if not (y.size and x.size):
        return
    far = np.hypot(x, y)
    rim = np.exp(-(((far - 0.9) / 0.14) ** 2)) * 0.35
    glint = np.exp(-(((x + 0.35) ** 2 + (y + 0.4) ** 2) / 0.03))
    caustic = np.exp(-(((x - 0.35) ** 2 + (y - 0.4) ** 2) / 0.12)) * 0.2
    part = picture[:, box[0], box[1]]
    light = np.minimum(part.max(axis=0) * 1.6 + 0.1, 1)
    part += (light - part) * np.clip(rim + glint + caustic, 0, 1) * (far < 1.3)
