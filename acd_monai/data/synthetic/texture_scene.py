"""A surface, the lamp above it and the camera that looks down on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pixel_grid

__all__ = ["Scene", "Surface", "make_scene", "photograph"]


class Surface(NamedTuple):
    """What is looked at.

    Attributes:
        height: float32 ``(H, W)``, relief towards the camera, units of length.
        colour: float32 ``(3, H, W)`` in [0, 1].
        gloss: strength of highlights, from 0.
        beneath: float32 ``(3, 1, 1)``, the colour that shows where a piece is missing.
        inside: bool ``(H, W)``, where the thing is; the rest is what it lies on.
    """

    height: np.ndarray
    colour: np.ndarray
    gloss: float
    beneath: np.ndarray
    inside: np.ndarray


class Scene(NamedTuple):
    """Lamp and camera.

    Attributes:
        lamp: towards the lamp, ``(x, y, z)`` of length 1, y down the picture, z to the camera.
        ambient: share of the light that comes from everywhere.
        shininess: exponent of highlights.
        light: float32 ``(3, H, W)``, its strength and tint over the picture.
        gamma: of the camera.
        blur: weight of the neighbouring pixels in the camera's focus, to either side, at most 0.25.
        noise: float32 ``(3, H, W)``, the sensor's.
    """

    lamp: np.ndarray
    ambient: float
    shininess: float
    light: np.ndarray
    gamma: float
    blur: float
    noise: np.ndarray


def make_scene(rng: np.random.Generator, size: int) -> Scene:
    """Set up lamp and camera."""
    angle, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.05)
    lamp = np.array([np.cos(angle) * np.sin(tilt), np.sin(angle) * np.sin(tilt), np.cos(tilt)], dtype=np.float32)
    y, x = (line / np.float32(SPAN) - np.float32(0.5) for line in pixel_grid(size))
    slope = rng.uniform(0.0, 0.35)
    vignette = rng.uniform(0.0, 0.5)
    fall_off = 1 + np.float32(slope) * (lamp[0] * x + lamp[1] * y) - np.float32(vignette) * (x**2 + y**2)
    tint = 1 + rng.normal(0.0, 0.05, 3)
    exposure = rng.uniform(0.75, 1.15)
    sigma = rng.uniform(0.0, 0.02)
    # One grain for all colours and one for each: a sensor's noise is not all coloured. Two even draws are near enough
    # to a Gaussian, and many times faster.
    grain, coloured = (rng.random((count, size, size), dtype=np.float32) - np.float32(0.5) for count in (1, 3))
    return Scene(
        lamp=lamp,
        ambient=rng.uniform(0.25, 0.6),
        shininess=rng.uniform(8, 50),
        light=fall_off * (exposure * tint).astype(np.float32)[:, None, None],
        gamma=rng.uniform(0.8, 1.25),
        blur=rng.uniform(0.02, 0.24),
        noise=np.float32(sigma * np.sqrt(12)) * (grain + np.float32(0.6) * coloured),
    )


def photograph(surface: Surface, scene: Scene) -> np.ndarray:
    """Return the picture of a surface, uint8 ``(H, W, 3)``."""
    step = np.float32(SPAN / surface.height.shape[0])
    down, right = np.gradient(surface.height, step)
    length = 1 / np.sqrt(1 + down * down + right * right)
    facing = (scene.lamp[2] - right * scene.lamp[0] - down * scene.lamp[1]) * length
    shade = np.float32(scene.ambient) + np.float32((1 - scene.ambient) / scene.lamp[2]) * np.maximum(facing, 0)
    picture = surface.colour * scene.light
    picture *= shade
    if surface.gloss > 0:
        half = scene.lamp + np.array([0, 0, 1], dtype=np.float32)
        half /= np.linalg.norm(half)
        mirrored = np.maximum((half[2] - right * half[0] - down * half[1]) * length, np.float32(1e-3))
        # Relative to a flat surface: a lamp's mirror image in it is part of its colour already.
        bright = np.exp(np.float32(scene.shininess) * np.log(mirrored)) - half[2] ** np.float32(scene.shininess)
        picture += np.float32(surface.gloss) * bright
    picture = _focus(np.maximum(picture, np.float32(1e-4)), np.float32(scene.blur))
    if abs(scene.gamma - 1) > 0.05:
        picture = np.exp(np.float32(scene.gamma) * np.log(picture))
    picture += scene.noise
    return np.ascontiguousarray((np.clip(picture, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8).transpose(1, 2, 0))


def _focus(picture: np.ndarray, side: np.float32) -> np.ndarray:
    """Mix every pixel with its neighbours along both axes; pixels at the border keep their own share."""
    for axis in (1, 2):
        share = np.swapaxes(picture * side, 0, axis)
        picture = picture * (1 - 2 * side)
        mixed = np.swapaxes(picture, 0, axis)
        mixed[1:] += share[:-1]
        mixed[:-1] += share[1:]
        mixed[0] += share[0]
        mixed[-1] += share[-1]
    return picture
