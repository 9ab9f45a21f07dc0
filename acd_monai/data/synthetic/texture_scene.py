"""A surface, the lamp above it or beside the camera, and the camera that looks down on it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from acd_monai.data.synthetic.texture_fields import SPAN, pixel_grid

__all__ = ["Scene", "Surface", "View", "focus", "make_borescope", "make_scene"]

View = Literal["camera", "borescope", "radiograph", "tomograph", "echo"]
"""What takes the picture of a surface."""


class Surface(NamedTuple):
    """What is looked at.

    Attributes:
        height: float32 ``(H, W)``, relief towards the camera, units of length.
        colour: float32 ``(3, H, W)`` in [0, 1]; ``(1, H, W)`` where only the strength of a signal is of interest.
        gloss: strength of highlights, from 0.
        beneath: float32 ``(3, 1, 1)``, the colour that shows where a piece is missing.
        inside: bool ``(H, W)``, where the thing is; the rest is what it lies on.
        view: what takes its picture.
        depth: float32 ``(H, W)``, units of length across the layers that the thing is made of; None without layers.
        parts: int32 ``(H, W)``, number of the loose part that a pixel belongs to, 0 beside them; None without parts.
    """

    height: np.ndarray
    colour: np.ndarray
    gloss: float
    beneath: np.ndarray
    inside: np.ndarray
    view: View = "camera"
    depth: np.ndarray | None = None
    parts: np.ndarray | None = None

    def crop(self, box: tuple[slice, slice]) -> Surface:
        """Return what a picture of a part of it needs: relief and colour of the part."""
        return self._replace(height=self.height[box], colour=self.colour[:, *box])


class Scene(NamedTuple):
    """Lamp and camera.

    Attributes:
        lamp: towards the lamp, float32 ``(3, 1, 1)`` or ``(3, H, W)``, x, y, z of length 1: y down the picture, z to
            the camera.
        ambient: share of the light that comes from everywhere.
        shininess: exponent of highlights.
        light: float32 ``(3, H, W)``, its strength and tint over the picture.
        gamma: of the camera.
        blur: weight of the neighbouring pixels in the camera's focus, to either side, at most 0.25.
        noise: float32 ``(3, H, W)``, the sensor's.
        step: width of a pixel, units of length.
        grey: whether the camera sees no colours.
    """

    lamp: np.ndarray
    ambient: float
    shininess: float
    light: np.ndarray
    gamma: float
    blur: float
    noise: np.ndarray
    step: float
    grey: bool = False

    def crop(self, box: tuple[slice, slice]) -> Scene:
        """Return the scene of a part of the picture."""
        lamp = self.lamp if self.lamp.shape[1] == 1 else self.lamp[:, *box]
        return self._replace(lamp=lamp, light=self.light[:, *box], noise=self.noise[:, *box])

    def take(self, surface: Surface) -> np.ndarray:
        """Return the picture of a surface, uint8 ``(H, W, 3)``."""
        down, right = np.gradient(surface.height, np.float32(self.step))
        length = 1 / np.sqrt(1 + down * down + right * right)
        x, y, z = self.lamp
        facing = (z - right * x - down * y) * length
        shade = np.float32(self.ambient) + np.float32(1 - self.ambient) / np.maximum(z, 0.4) * np.maximum(facing, 0)
        picture = surface.colour * self.light
        picture *= shade
        if surface.gloss > 0:
            half = self.lamp + np.array([0, 0, 1], dtype=np.float32)[:, None, None]
            x, y, z = half / np.sqrt((half * half).sum(0))
            mirrored = np.maximum((z - right * x - down * y) * length, np.float32(1e-3))
            # Relative to a flat surface: a lamp's mirror image in it is part of its colour already.
            bright = np.exp(np.float32(self.shininess) * np.log(mirrored)) - z ** np.float32(self.shininess)
            picture += np.float32(surface.gloss) * bright
        if self.grey:
            picture = np.broadcast_to(picture.mean(0, keepdims=True), picture.shape)
        picture = focus(np.maximum(picture, np.float32(1e-4)), np.float32(self.blur))
        if abs(self.gamma - 1) > 0.05:
            picture = np.exp(np.float32(self.gamma) * np.log(picture))
        picture += self.noise
        picture = np.clip(picture, 0, 1) * 255 + np.float32(0.5)
        return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 0))


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
    grey = rng.uniform() < 0.25
    return Scene(
        lamp=lamp[:, None, None],
        ambient=rng.uniform(0.25, 0.6),
        shininess=rng.uniform(8, 50),
        light=fall_off * (exposure * tint).astype(np.float32)[:, None, None],
        gamma=rng.uniform(0.8, 1.25),
        blur=rng.uniform(0.02, 0.24),
        noise=_sensor_noise(rng, size, grey),
        step=SPAN / size,
        grey=grey,
    )


def make_borescope(rng: np.random.Generator, size: int) -> Scene:
    """Set up a camera on a probe, with its lamp close beside it and close to the wall."""
    y, x = pixel_grid(size)
    centre = SPAN * rng.uniform(0.2, 0.8, 2)
    away = rng.uniform(70.0, 260.0)
    lamp = np.broadcast_arrays(np.float32(centre[0]) - x, np.float32(centre[1]) - y, np.float32(away))
    distance = np.sqrt(lamp[0] ** 2 + lamp[1] ** 2 + np.float32(away**2))
    lamp = np.stack(lamp) / distance
    fall_off = (np.float32(away) / distance) ** np.float32(rng.uniform(0.3, 1.8))
    warmth = rng.normal(0.0, 0.06)
    tint = np.array([1 + warmth, 1.0, 1 - warmth])
    return Scene(
        lamp=lamp,
        ambient=rng.uniform(0.1, 0.45),
        shininess=rng.uniform(10, 90),
        light=fall_off * (rng.uniform(0.7, 1.15) * tint).astype(np.float32)[:, None, None],
        gamma=rng.uniform(0.8, 1.25),
        blur=rng.uniform(0.05, 0.24),
        noise=_sensor_noise(rng, size, grey=False),
        step=SPAN / size,
    )


def _sensor_noise(rng: np.random.Generator, size: int, grey: bool) -> np.ndarray:
    """Return one grain for all colours and one for each: a sensor's noise is not all coloured.

    Two even draws are near enough to a Gaussian, and many times faster.
    """
    sigma = rng.uniform(0.0, 0.02)
    grain, coloured = (rng.random((count, size, size), dtype=np.float32) - np.float32(0.5) for count in (1, 3))
    return np.float32(sigma * np.sqrt(12)) * (grain + np.float32(0 if grey else 0.6) * coloured)


def focus(picture: np.ndarray, side: np.float32) -> np.ndarray:
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
