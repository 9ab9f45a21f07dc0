"""Pictures of industrial surfaces out of a seed, and defects of which every pixel is known.

For demonstrations, tests and training where no data may be downloaded. Material, colour, scale, lamp and camera are
drawn widely apart, so that nothing but the defect is common to the pictures that have one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic import texture_defects as defects
from acd_monai.data.synthetic import texture_families as families
from acd_monai.data.synthetic import texture_patterns as patterns
from acd_monai.data.synthetic.texture_scene import Surface, make_scene, photograph
from acd_monai.errors import ConfigError

__all__ = ["DEFECTS", "TEXTURE_FAMILIES", "VISIBLE_DIFFERENCE", "TexturePicture", "make_texture"]

_FAMILIES: dict[str, Callable[[np.random.Generator, int], Surface]] = {
    "brushed_metal": families.make_brushed_metal,
    "granular": families.make_granular,
    "leather": families.make_leather,
    "mesh": patterns.make_mesh,
    "object": families.make_object,
    "printed": patterns.make_printed,
    "tiled": patterns.make_tiled,
    "wood": families.make_wood,
    "woven": patterns.make_woven,
}

_DEFECTS: dict[str, Callable[[np.random.Generator, Surface, float], defects.Damage]] = {
    "crack": defects.add_crack,
    "dent": defects.add_dent,
    "distortion": defects.add_distortion,
    "foreign_piece": defects.add_foreign_piece,
    "misprint": defects.add_misprint,
    "missing_piece": defects.add_missing_piece,
    "scratch": defects.add_scratch,
    "stain": defects.add_stain,
}

TEXTURE_FAMILIES = tuple(_FAMILIES)
DEFECTS = tuple(_DEFECTS)

VISIBLE_DIFFERENCE = 12
"""Smallest change of a pixel, of 255 in any colour, that counts as altered."""

CLEAR_DIFFERENCE = (24.0, 48.0)
CLEAR_CONTRAST = 0.8
"""Mean change that a defect's visible pixels should have, lest it drown: the contrast times the standard deviation of
the texture around it, within these bounds."""

SMALLEST_DEFECT = 40 / 256**2
"""Visible pixels that a defect has at least, as a share of the picture."""

ATTEMPTS = 16
CHOOSY_ATTEMPTS = 8
"""How often a defect is made stronger and put elsewhere, and how often while only a clear one will do."""

MIN_SIZE = 64


class TexturePicture(NamedTuple):
    """A picture and where its defect is.

    Attributes:
        image: uint8 ``(H, W, 3)``, red, green, blue.
        mask: bool ``(H, W)``, the defect; all False without one.
    """

    image: np.ndarray
    mask: np.ndarray


def make_texture(family: str, seed: int, size: int = 256, defect: str | None = None) -> TexturePicture:
    """Make a picture; the same arguments give the same one, in every process.

    With and without a defect a seed shows the same texture: outside the mask the two pictures are equal, bit by bit.
    Inside, the defect changed what is visible (:data:`VISIBLE_DIFFERENCE`); the mask takes in the holes and gaps
    between such pixels, as a person would draw it, where defect and texture happen to look alike. No mask is empty.

    Args:
        family: one of :data:`TEXTURE_FAMILIES`.
        seed: from 0; chooses everything else.
        size: height and width, pixels.
        defect: one of :data:`DEFECTS`, or None.

    Raises:
        ConfigError: an unknown family or defect, a negative seed, or a size below 64.

    Example:
        >>> picture = make_texture("woven", seed=3, size=64, defect="stain")
        >>> picture.image.shape, bool(picture.mask.any())
        ((64, 64, 3), True)
    """
    if family not in _FAMILIES:
        raise ConfigError(f"texture family is {family!r}; wanted one of {', '.join(TEXTURE_FAMILIES)}.")
    if defect is not None and defect not in _DEFECTS:
        raise ConfigError(f"defect is {defect!r}; wanted one of {', '.join(DEFECTS)}, or None.")
    if seed < 0 or size < MIN_SIZE:
        raise ConfigError(f"texture has seed {seed} and {size} pixels; wanted a seed from 0 and {MIN_SIZE} pixels.")
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed])
    surface = _FAMILIES[family](rng, size)
    scene = make_scene(rng, size)
    normal = photograph(surface, scene)
    if defect is None:
        return TexturePicture(normal, np.zeros((size, size), dtype=bool))
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed, zlib.crc32(defect.encode())])
    for attempt in range(ATTEMPTS):
        damage = _DEFECTS[defect](rng, surface, 1.0 + 0.4 * attempt)
        damaged = photograph(damage.surface, scene)
        mask = _find_mask(normal, damaged, damage.share, choosy=attempt < CHOOSY_ATTEMPTS)
        if mask is not None:
            return TexturePicture(np.where(mask[..., None], damaged, normal), mask)
    raise RuntimeError(f"{ATTEMPTS} attempts at a {defect} on {family} {seed} of {size} pixels altered too little")


def _find_mask(normal: np.ndarray, damaged: np.ndarray, share: np.ndarray, choosy: bool) -> np.ndarray | None:
    """Return the mask of what the defect visibly altered, None if that is too little to be seen."""
    size = len(normal)
    # Shading and focus reach a little beyond the defect itself.
    reach = ndimage.maximum_filter(share > 0.02, size=2 * round(3 * size / 256) + 1)
    rows, columns = np.flatnonzero(reach.any(axis=1)), np.flatnonzero(reach.any(axis=0))
    if not len(rows):
        return None
    gap = 2 * round(2 * size / 256) + 1
    box = np.s_[max(0, rows[0] - gap) : rows[-1] + gap, max(0, columns[0] - gap) : columns[-1] + gap]
    change = np.abs(damaged[box].astype(np.int16) - normal[box]).max(axis=2)
    visible = (change >= VISIBLE_DIFFERENCE) & reach[box]
    whole = ndimage.minimum_filter(ndimage.maximum_filter(visible, gap), gap) & reach[box]
    whole = ndimage.binary_fill_holes(whole)
    # Specks beside the defect are chance: too small to be drawn, they are no part of it.
    parts, count = ndimage.label(whole, np.ones((3, 3)))
    areas = np.bincount(parts.ravel(), minlength=count + 1)
    keep = areas >= max(4, SMALLEST_DEFECT * size**2 / 3)
    keep[0] = False
    whole = keep[parts]
    visible &= whole
    if visible.sum() < SMALLEST_DEFECT * size**2:
        return None
    clear = np.clip(CLEAR_CONTRAST * normal[box].std(axis=(0, 1)).max(), *CLEAR_DIFFERENCE)
    if choosy and change[visible].mean() < clear:
        return None
    mask = np.zeros(share.shape, dtype=bool)
    mask[box] = whole
    return mask
