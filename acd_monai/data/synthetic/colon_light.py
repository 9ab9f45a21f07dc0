"""An endoscope: its lamps, its camera, and the picture they give of what the rays hit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.colon_wall import Wall
from acd_monai.data.synthetic.texture_fields import smooth_step

__all__ = ["Scope", "draw_scope", "expose", "photograph_wall"]


class Scope(NamedTuple):
    """Lamps, camera and what is on the lens.

    Attributes:
        lamps: float32 ``(N, 3)``, their places, radii of the tube.
        reach: distance over which the light falls to a quarter.
        tint: float32 ``(3, 1, 1)``.
        exposure: mean brightness that the automatic exposure aims at.
        gamma: of the camera.
        wet: strength of highlights.
        shine: their exponent.
        rough: how much fine relief breaks them.
        focus: blur of the lens, pixels.
        motion: blur by motion ``(down, right)``, pixels.
        frame: float32 ``(H, W)``, 1 in the picture and 0 in the black around it.
        noise: float32 ``(3, H, W)``.
        fog: share of white haze.
    """

    lamps: np.ndarray
    reach: float
    tint: np.ndarray
    exposure: float
    gamma: float
    wet: float
    shine: float
    rough: float
    focus: float
    motion: tuple[float, float]
    frame: np.ndarray
    noise: np.ndarray
    fog: float


def draw_scope(rng: np.random.Generator, size: int) -> Scope:
    """Draw lamps, camera settings and the shape of the picture."""
    count = int(rng.integers(1, 4))
    lamps = rng.normal(0.0, 0.08, (count, 3)) * (1.0, 1.0, 0.3)
    cool = rng.normal(0.0, 0.06)
    tint = np.array([1 + cool, 1 + rng.normal(0, 0.03), 1 - cool])
    if rng.uniform() < 0.05:
        tint *= (0.45, 1.05, 1.0)  # narrow-band light
    way, length = (
        rng.uniform(0, 2 * np.pi),
        float(rng.choice((0.0, rng.uniform(1.0, 4.0), rng.uniform(4.0, 11.0)), p=(0.6, 0.3, 0.1))),
    )
    length *= size / 256
    # Even draws are near enough to a sensor's noise, and many times faster than Gaussian ones.
    grain, coloured = (rng.random((planes, size, size), dtype=np.float32) - np.float32(0.5) for planes in (1, 3))
    return Scope(
        lamps=lamps.astype(np.float32),
        reach=rng.uniform(0.8, 2.6),
        tint=tint.astype(np.float32)[:, None, None],
        exposure=rng.uniform(0.3, 0.55),
        gamma=rng.uniform(0.7, 1.15),
        wet=float(rng.choice((rng.uniform(0.0, 0.3), rng.uniform(0.3, 1.5)))),
        shine=rng.uniform(25, 160),
        rough=rng.uniform(0.01, 0.13),
        focus=rng.uniform(0.3, 1.3) * size / 256,
        motion=(length * np.sin(way), length * np.cos(way)),
        frame=_draw_frame(rng, size),
        noise=np.float32(rng.uniform(0.007, 0.085)) * (np.float32(0.8) * grain + np.float32(0.5) * coloured),
        fog=float(rng.choice((0.0, rng.uniform(0.0, 0.12)))),
    )


def _draw_frame(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return the black surround that endoscopes leave: none, cut corners, a circle, or bars at the sides."""
    line = np.abs((np.arange(size, dtype=np.float32) + 0.5) / np.float32(size) - 0.5 + rng.uniform(-0.02, 0.02)) * 2
    y, x = line[:, None], line[None, :]
    soft = 3.0 / size
    kind = rng.choice(4, p=(0.4, 0.3, 0.2, 0.1))
    wide, tall = rng.uniform(0.86, 1.05, 2)
    if kind == 0:
        return np.ones((size, size), dtype=np.float32)
    if kind == 1:
        far = np.maximum(np.maximum(x - wide, y - tall), (x + y - rng.uniform(1.3, 1.75)) * np.float32(0.7))
    elif kind == 2:
        far = np.maximum(np.hypot(x, y) - rng.uniform(0.92, 1.25), np.maximum(x, y) - wide)
    else:
        far = np.maximum(x - rng.uniform(0.75, 0.95), y - tall) + 0 * x
    return (1 - smooth_step(far.astype(np.float32), -soft, soft)).astype(np.float32)


def photograph_wall(
    wall: Wall, colour: np.ndarray, relief: np.ndarray, scope: Scope, gain: float | None = None
) -> tuple[np.ndarray, float]:
    """Return the picture before motion and noise, float32 ``(3, H, W)`` in [0, 1], and the camera's gain.

    ``gain`` is what the automatic exposure chose, None to let it choose.
    """
    normal = _normals(wall.place, relief * np.float32(scope.rough))
    light = np.zeros(wall.depth.shape, dtype=np.float32)
    glint = np.zeros_like(light)
    eye = -wall.place / np.sqrt((wall.place**2).sum(axis=0))
    for lamp in scope.lamps:
        way = lamp[:, None, None] - wall.place
        far = np.sqrt((way * way).sum(axis=0)) + np.float32(1e-4)
        way /= far
        fall = 1 / (1 + (far / np.float32(scope.reach)) ** 2) ** 1.5
        light += fall * (np.float32(0.12) + np.float32(0.88) * np.maximum((normal * way).sum(axis=0), 0))
        half = way + eye
        half /= np.sqrt((half * half).sum(axis=0)) + np.float32(1e-6)
        facing = np.maximum((normal * half).sum(axis=0), np.float32(1e-3))
        glint += fall * np.exp(np.float32(scope.shine) * np.log(facing))
    light /= len(scope.lamps)
    shown = scope.frame > 0.5
    if gain is None:
        gain = float(scope.exposure / max(float(np.mean((light * colour.mean(axis=0))[shown])), 1e-3))
    glint = smooth_step(glint * np.float32(scope.wet), 0.15, 0.7)
    # In a red cave much of the light that reaches the dark parts was red already.
    light = light * np.float32(gain)
    again = colour / colour.max(axis=0)
    picture = colour * light * (again + np.minimum(light, 1) * (1 - again)) * scope.tint
    picture = 1 - np.exp(-picture * np.float32(1.3))  # the camera's knee
    picture = picture ** np.float32(scope.gamma)
    picture += (1 - picture) * glint * np.float32(0.95)
    return picture + np.float32(scope.fog) * (1 - picture), gain


def _normals(place: np.ndarray, relief: np.ndarray) -> np.ndarray:
    """Return unit normals towards the camera ``(3, H, W)`` of a surface given pixel by pixel."""
    down, right = _slope(place, 1), _slope(place, 2)
    normal = np.cross(down, right, axis=0)
    normal /= np.sqrt((normal * normal).sum(axis=0)) + np.float32(1e-12)
    normal *= -np.sign((normal * place).sum(axis=0))
    if relief.any():
        normal[0] += np.gradient(relief, axis=1)
        normal[1] += np.gradient(relief, axis=0)
        normal /= np.sqrt((normal * normal).sum(axis=0))
    return normal


def _slope(place: np.ndarray, axis: int) -> np.ndarray:
    """Return the step to the next or from the last pixel, whichever is nearer: none reaches across an edge."""
    step = np.diff(place, axis=axis)
    first, last = np.take(step, [0], axis), np.take(step, [-1], axis)
    ahead, behind = np.concatenate([step, last], axis), np.concatenate([first, step], axis)
    return np.where(np.abs(ahead[2]) < np.abs(behind[2]), ahead, behind)


def expose(picture: np.ndarray, scope: Scope) -> np.ndarray:
    """Return what the camera stores, uint8 ``(H, W, 3)``: blurred, framed, with noise."""
    for plane in picture:
        ndimage.gaussian_filter(plane, scope.focus, output=plane, truncate=2.5)
    steps = int(np.ceil(2 * max(abs(scope.motion[0]), abs(scope.motion[1]))))
    if steps > 1:
        moved = np.zeros_like(picture)
        for share in np.linspace(-0.5, 0.5, steps):
            offset = (round(share * scope.motion[0]), round(share * scope.motion[1]))
            moved += _shift(picture, *offset)
        picture = moved / np.float32(steps)
    picture = (picture + scope.noise) * scope.frame
    return np.ascontiguousarray((np.clip(picture, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8).transpose(1, 2, 0))


def _shift(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Return the picture moved by whole pixels, its border repeated."""
    _, height, width = picture.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return picture[:, rows[:, None], columns[None, :]]
