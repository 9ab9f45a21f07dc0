"""A FLAIR-like head out of ellipsoids and smooth noise, with one bright lesion: a study that is nobody's.

For demonstrations and tests where no patient data may go. It looks like a head; it teaches nothing about heads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.errors import ConfigError

__all__ = ["HeadPhantom", "make_head_mri"]

SCALP, SKULL, FLUID, GREY, WHITE, MARROW = 640.0, 45.0, 70.0, 540.0, 390.0, 190.0
LESION, OEDEMA = 930.0, 690.0
"""Intensities, arbitrary units: fat bright, fluid suppressed, grey matter above white, as FLAIR shows them."""

HEAD_RADII = (76.0, 94.0, 92.0)
"""Half axes left-right, back-front, bottom-top, millimetres."""

BIAS_STRENGTH = 0.12
NOISE_SIGMA = 14.0


class HeadPhantom(NamedTuple):
    """A head and where its lesion is.

    Attributes:
        array: float32 ``(I, J, K)``, arbitrary units from 0 to about 1000; columns, rows, slices.
        affine: float64 ``(4, 4)``, voxel index to RAS+ millimetres: columns run to the left, rows to the back, slices
            upwards, as axial series are stored.
        lesion_mask: bool ``(I, J, K)``, core and oedema together.
        lesion_centre_mm: Mean of the mask's voxel centres, RAS+ millimetres; NaN without a lesion.
    """

    array: np.ndarray
    affine: np.ndarray
    lesion_mask: np.ndarray
    lesion_centre_mm: tuple[float, float, float]


def make_head_mri(
    seed: int = 0,
    shape: tuple[int, int, int] = (128, 128, 40),
    spacing: tuple[float, float, float] = (1.8, 1.8, 4.0),
    *,
    tilt_degrees: float = 0.0,
    lesion_radius_mm: float = 11.0,
) -> HeadPhantom:
    """Make a head; the same arguments give the same head.

    Args:
        seed: Chooses folds, noise and the lesion's place.
        shape: ``(I, J, K)``, columns, rows, slices.
        spacing: Voxel size along them, millimetres.
        tilt_degrees: Rotation of the slices about the left-right axis, as a technician would tilt them.
        lesion_radius_mm: Radius of the lesion's core, millimetres; 0 makes a head without a lesion.

    Returns:
        The head, about 160 x 190 x 160 mm, in the middle of the grid.

    Raises:
        ConfigError: The grid does not fit a head or the lesion does not fit the brain.
    """
    _check(shape, spacing, lesion_radius_mm)
    rng = np.random.default_rng(seed)
    affine = _make_affine(shape, spacing, tilt_degrees)
    x, y, z = _to_grid(affine, shape)

    # Everything inside is placed by one radius: 1 at the skin, smaller inwards, wavy so that nothing is an ellipse.
    wave = _smooth_noise(rng, shape, spacing, 26.0)
    radius = _radius(x, y, z + 8.0, HEAD_RADII) * (1.0 + 0.012 * wave)
    ridges = _smooth_noise(rng, shape, spacing, 3.6)
    depth = 0.875 - radius + 0.018 * _smooth_noise(rng, shape, spacing, 9.0)
    sulci = (np.abs(ridges) < 0.26) & (depth < 0.24)
    sylvian = (
        (np.abs(y - 8.0 - 0.9 * z + 0.55 * (np.abs(x) - 48.0) + 4.0 * wave) < 1.8)
        & (np.abs(x) > 36.0)
        & (np.abs(z + 4.0) < 22.0)
    )
    fissure = (np.abs(x + 1.2 * wave) < 1.6) & ((radius > 0.52) | (z > 38.0))
    ventricles = _lateral_ventricles(x, y, z, wave)
    brain = (depth > 0.0) & ~sulci & ~sylvian & ~fissure & ~ventricles
    inwards = ndimage.distance_transform_edt(brain | ventricles, sampling=spacing)
    nuclei = np.minimum(
        _radius(np.abs(x) - 22.0, y - 4.0, z - 4.0, (7.0, 17.0, 11.0)),
        _radius(np.abs(x) - 11.0, y + 14.0, z - 6.0, (8.0, 12.0, 9.0)),
    )

    tissue = np.zeros(shape)
    tissue[radius < 1.0] = SCALP
    tissue[radius < 0.955] = SKULL
    tissue[(radius < 0.94) & (radius > 0.925)] = MARROW
    tissue[radius < 0.905] = FLUID
    tissue[brain] = GREY
    tissue[brain & (inwards > 4.0)] = WHITE
    tissue[brain & (nuclei < 1.0)] = GREY
    mask = np.zeros(shape, dtype=bool)
    if lesion_radius_mm > 0.0:
        side = rng.choice((-1.0, 1.0))
        away = np.sqrt(
            (x - side * rng.uniform(27.0, 34.0)) ** 2
            + (y - rng.uniform(-38.0, 22.0)) ** 2
            + (z - rng.uniform(14.0, 30.0)) ** 2
        )
        away = away * (1.0 + 0.16 * _smooth_noise(rng, shape, spacing, 7.0))
        oedema = brain & (away < 1.75 * lesion_radius_mm) & (inwards > 2.0)  # spreads in white matter, spares cortex
        core = (away < lesion_radius_mm) & (depth > 0.0) & ~ventricles
        tissue[oedema] = OEDEMA
        tissue[core] = LESION
        mask = core | oedema

    soft = ndimage.gaussian_filter(tissue, [0.9 / step for step in spacing])  # partial volume
    texture = np.where(soft > 250.0, 1.0 + 0.03 * _smooth_noise(rng, shape, spacing, 2.0), 1.0)
    bias = 1.0 + BIAS_STRENGTH * np.tanh(_smooth_noise(rng, shape, spacing, 60.0))
    clean = soft * texture * bias
    # Magnitude of a complex signal with Gaussian noise in both parts: Rician, never negative.
    real = clean + rng.normal(0.0, NOISE_SIGMA, shape)
    imaginary = rng.normal(0.0, NOISE_SIGMA, shape)
    array = np.hypot(real, imaginary).astype(np.float32)
    return HeadPhantom(array, affine, mask, _centre(mask, affine))


def _check(shape: tuple[int, int, int], spacing: tuple[float, float, float], lesion_radius_mm: float) -> None:
    if len(shape) != 3 or min(shape) < 8:
        raise ConfigError(f"phantom shape is {shape}; expected three sizes of at least 8. Use a larger grid.")
    if len(spacing) != 3 or not min(spacing) > 0.0:
        raise ConfigError(f"phantom spacing is {spacing} mm; expected three positive sizes. Change the spacing.")
    if not 0.0 <= lesion_radius_mm <= 25.0:
        raise ConfigError(f"lesion radius is {lesion_radius_mm} mm; expected 0 to 25 mm. Change lesion_radius_mm.")


def _make_affine(shape: tuple[int, int, int], spacing: tuple[float, float, float], tilt_degrees: float) -> np.ndarray:
    """Return the affine that puts the grid's centre at (0, 0, 0) mm."""
    angle = np.deg2rad(tilt_degrees)
    tilt = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(angle), -np.sin(angle)], [0.0, np.sin(angle), np.cos(angle)]])
    affine = np.eye(4)
    affine[:3, :3] = tilt @ np.diag((-spacing[0], -spacing[1], spacing[2]))
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1.0) / 2.0)
    return affine


def _to_grid(affine: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Return the RAS+ position of every voxel centre, ``(3, I, J, K)`` millimetres."""
    index = np.indices(shape, dtype=np.float64)
    return np.tensordot(affine[:3, :3], index, axes=1) + affine[:3, 3][:, None, None, None]


def _radius(x: np.ndarray, y: np.ndarray, z: np.ndarray, radii: tuple[float, float, float]) -> np.ndarray:
    return np.sqrt((x / radii[0]) ** 2 + (y / radii[1]) ** 2 + (z / radii[2]) ** 2)


def _lateral_ventricles(x: np.ndarray, y: np.ndarray, z: np.ndarray, wave: np.ndarray) -> np.ndarray:
    """Two horns that diverge towards the back, and the third ventricle between them."""
    outwards = np.abs(x) - 7.0 - 0.006 * (y - 8.0) ** 2 - np.where(y < -8.0, 0.12 * (-8.0 - y), 0.0)
    horns = _radius(outwards, y + 4.0, z - 15.0 + 0.002 * y**2, (4.6, 36.0, 11.0)) * (1.0 + 0.06 * wave) < 1.0
    third = _radius(x, y + 8.0, z - 2.0, (2.4, 12.0, 10.0)) < 1.0
    return horns | third


def _smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int, int], spacing: tuple[float, float, float], width_mm: float
) -> np.ndarray:
    """Return Gaussian noise smoothed to ``width_mm`` (standard deviation), mean 0, variance 1."""
    sigma = [width_mm / step for step in spacing]
    # Wide noise is made on a coarse grid and interpolated: the same look at a fraction of the time.
    coarse = [
        max(4, int(np.ceil(length / max(1.0, width / 2.0))) + 1) for length, width in zip(shape, sigma, strict=True)
    ]
    scale = [(small - 1) / (length - 1) for small, length in zip(coarse, shape, strict=True)]
    field = rng.normal(size=coarse)
    field = ndimage.gaussian_filter(field, [s * f for s, f in zip(sigma, scale, strict=True)])
    field = ndimage.zoom(field, [length / small for length, small in zip(shape, coarse, strict=True)], order=3)
    return (field - field.mean()) / field.std()


def _centre(mask: np.ndarray, affine: np.ndarray) -> tuple[float, float, float]:
    if not mask.any():
        return float("nan"), float("nan"), float("nan")
    x, y, z = affine[:3, :3] @ np.argwhere(mask).mean(axis=0) + affine[:3, 3]
    return float(x), float(y), float(z)
