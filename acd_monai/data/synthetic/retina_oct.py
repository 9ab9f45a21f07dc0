"""Optical coherence tomography of retinas that nobody has: B-scans and volumes, healthy or ill, masks exact.

The layers are drawn in millimetres about a fovea, moved apart by what disease puts between them, and shown by a device
whose speckle, noise, contrast and cut differ from scan to scan.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.oct_scanner import draw_display, scan
from acd_monai.data.synthetic.retina_layers import OctGrid, draw_eye
from acd_monai.data.synthetic.retina_lesions import RETINA_LESIONS, draw_disease, no_disease
from acd_monai.data.synthetic.retina_light import reflect
from acd_monai.errors import ConfigError

__all__ = ["RETINA_LESIONS", "OctPicture", "OctVolume", "make_retina_oct", "make_retina_oct_volume"]

MIN_SIZE = 64
SMALLEST_LESION = 60 / 256**2
"""Pixels that are ill at least in the B-scan that shows most, as a share of the picture."""

FAINTEST = 8.0
"""Mean change that disease makes to its pixels, of 255."""

ATTEMPTS = 16


class OctPicture(NamedTuple):
    """A B-scan and where it is ill.

    Attributes:
        image: uint8 ``(H, W)``, rows from the front of the eye backwards.
        mask: bool ``(H, W)``, fluid, deposits and foci themselves; all False in health.
        spacing: size of a pixel ``(row, column)``, mm.
    """

    image: np.ndarray
    mask: np.ndarray
    spacing: tuple[float, float]


class OctVolume(NamedTuple):
    """A stack of B-scans and where it is ill.

    Attributes:
        array: uint8 ``(I, J, K)``: along the B-scan, depth, B-scans.
        affine: float64 ``(4, 4)``, voxel index to RAS+ millimetres: i to the patient's left, j to the back, k upwards.
        mask: bool ``(I, J, K)``.
        lesion_centre_mm: mean of the mask's voxel centres, RAS+ millimetres; NaN in health.
    """

    array: np.ndarray
    affine: np.ndarray
    mask: np.ndarray
    lesion_centre_mm: tuple[float, float, float]


def make_retina_oct(seed: int, size: int | tuple[int, int] = 256, abnormal: bool | str = False) -> OctPicture:
    """Make a B-scan; the same arguments give the same one.

    With and without disease a seed shows the same eye on the same device.

    Args:
        seed: from 0; chooses everything else.
        size: height and width, pixels, or both at once.
        abnormal: one of :data:`RETINA_LESIONS`; True draws one or two of them.

    Raises:
        ConfigError: a negative seed, a size below 64, or an unknown lesion.
    """
    height, width = (size, size) if isinstance(size, int) else size
    _check(seed, (height, width), abnormal)
    rng = _stream(seed, "field")
    field = _draw_field(rng)
    beside = float(rng.choice((0.0, rng.uniform(0.0, 0.4), rng.uniform(0.4, 3.0)), p=(0.35, 0.3, 0.35)))
    grid = _make_grid((1, height, width), (0.12, field[0] / height, field[1] / width), beside)
    image, mask = _make(seed, grid, abnormal)
    return OctPicture(image[0], mask[0], (grid.steps[1], grid.steps[2]))


def make_retina_oct_volume(
    seed: int,
    shape: tuple[int, int, int] = (192, 192, 16),
    spacing: tuple[float, float, float] | None = None,
    abnormal: bool | str = False,
) -> OctVolume:
    """Make a stack of B-scans of one eye.

    Args:
        seed: from 0; chooses everything else.
        shape: ``(I, J, K)``: A-scans in a B-scan, pixels of an A-scan, B-scans.
        spacing: size of a voxel along them, mm; drawn when None.
        abnormal: as for :func:`make_retina_oct`.

    Raises:
        ConfigError: a negative seed, fewer than 64 pixels either way, no B-scan, a spacing that is not positive, or an
            unknown lesion.
    """
    width, height, count = shape
    _check(seed, (height, width), abnormal)
    if count < 1 or (spacing is not None and not min(spacing) > 0):
        raise ConfigError(f"OCT volume of {count} B-scans at {spacing} mm; wanted one or more, and positive sizes.")
    if spacing is None:
        rng = _stream(seed, "field")
        depth, across = _draw_field(rng)
        spacing = (across / width, depth / height, rng.uniform(0.6, 1.0) * across / count)
    grid = _make_grid((count, height, width), (spacing[2], spacing[1], spacing[0]), 0.0)
    image, mask = _make(seed, grid, abnormal)
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    mask = mask.transpose(2, 1, 0)
    inside = np.argwhere(mask)
    centre = (affine[:3, :3] @ inside.mean(axis=0) + affine[:3, 3]) if len(inside) else np.full(3, np.nan)
    return OctVolume(image.transpose(2, 1, 0), affine, mask, (float(centre[0]), float(centre[1]), float(centre[2])))


def _check(seed: int, size: tuple[int, int], abnormal: bool | str) -> None:
    if seed < 0 or min(size) < MIN_SIZE:
        raise ConfigError(f"OCT has seed {seed} and {size[0]} x {size[1]} pixels; wanted a seed from 0 and {MIN_SIZE}.")
    if isinstance(abnormal, str) and abnormal not in RETINA_LESIONS:
        raise ConfigError(f"retinal lesion is {abnormal!r}; wanted one of {', '.join(RETINA_LESIONS)}, or True.")


def _stream(seed: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(b"retina_oct"), seed, zlib.crc32(purpose.encode())])


def _draw_field(rng: np.random.Generator) -> tuple[float, float]:
    """Draw how deep and how wide the picture is, mm."""
    return float(rng.uniform(0.85, 2.3)), float(rng.uniform(3.0, 9.0))


def _make_grid(shape: tuple[int, int, int], steps: tuple[float, float, float], beside: float) -> OctGrid:
    y, z, x = (
        ((np.arange(count) - (count - 1) / 2) * step).astype(np.float32)
        for count, step in zip(shape, steps, strict=True)
    )
    return OctGrid((z - z[0])[None, :, None], x[None, None, :], y[:, None, None] + np.float32(beside), steps)


def _make(seed: int, grid: OctGrid, abnormal: bool | str) -> tuple[np.ndarray, np.ndarray]:
    """Return picture and mask ``(K, H, W)``."""
    eye = draw_eye(_stream(seed, "eye"), grid)
    display = draw_display(_stream(seed, "display"), grid)
    value, mask = reflect(_stream(seed, "tissue"), grid, eye, no_disease(grid))
    healthy = scan(value, display)
    if not abnormal:
        return healthy, mask
    rng = _stream(seed, "disease" if abnormal is True else abnormal)
    for attempt in range(ATTEMPTS):
        kinds: tuple[str, ...] = (str(abnormal),)
        if abnormal is True:
            kinds = tuple(str(kind) for kind in rng.choice(RETINA_LESIONS, 1 + (rng.uniform() < 0.35), replace=False))
        disease = draw_disease(rng, grid, kinds, 1.0 + 0.15 * attempt)
        value, mask = reflect(_stream(seed, "tissue"), grid, eye, disease)
        mask &= ~display.paper
        if mask.mean(axis=(1, 2)).max() < SMALLEST_LESION:
            continue
        image = scan(value, display)
        if np.abs(image[mask].astype(np.int16) - healthy[mask]).mean() >= FAINTEST:
            return image, mask
    raise RuntimeError(f"{ATTEMPTS} attempts at {abnormal} in the retina of seed {seed} could not be seen")
