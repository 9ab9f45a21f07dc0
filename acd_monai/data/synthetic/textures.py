"""Pictures of industrial materials and parts out of a seed, and defects of which every pixel is known.

For demonstrations, tests and training where no data may be downloaded. Material, colour, scale, lamp and camera, or
scanner, are drawn widely apart, so that nothing but the defect is common to the pictures that have one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic import texture_defects as defects
from acd_monai.data.synthetic import texture_families as families
from acd_monai.data.synthetic import texture_flaws as flaws
from acd_monai.data.synthetic import texture_layers as layers
from acd_monai.data.synthetic import texture_patterns as patterns
from acd_monai.data.synthetic import texture_radiographs as radiographs
from acd_monai.data.synthetic import texture_scanner as scanners
from acd_monai.data.synthetic import texture_sheets as sheets
from acd_monai.data.synthetic.texture_assemblies import make_assembly_ct
from acd_monai.data.synthetic.texture_cables import make_cable_section
from acd_monai.data.synthetic.texture_fields import bounding_box
from acd_monai.data.synthetic.texture_food import make_food_scan
from acd_monai.data.synthetic.texture_interiors import make_pipe_interior
from acd_monai.data.synthetic.texture_laminates import make_laminate_scan
from acd_monai.data.synthetic.texture_scene import Scene, Surface, View, make_borescope, make_scene
from acd_monai.data.synthetic.texture_sections import make_industrial_ct
from acd_monai.errors import ConfigError

__all__ = ["DEFECTS", "TEXTURE_FAMILIES", "VISIBLE_DIFFERENCE", "TexturePicture", "make_texture"]

_FAMILIES: dict[str, Callable[[np.random.Generator, int], Surface]] = {
    "assembly_ct": make_assembly_ct,
    "brushed_metal": families.make_brushed_metal,
    "cable_section": make_cable_section,
    "casting_xray": radiographs.make_casting_xray,
    "foam": sheets.make_foam,
    "food_scan": make_food_scan,
    "glass": sheets.make_glass,
    "granular": families.make_granular,
    "industrial_ct": make_industrial_ct,
    "laminate_scan": make_laminate_scan,
    "leather": families.make_leather,
    "mesh": patterns.make_mesh,
    "object": families.make_object,
    "paper": sheets.make_paper,
    "pipe_interior": make_pipe_interior,
    "printed": patterns.make_printed,
    "tiled": patterns.make_tiled,
    "weld_seam": radiographs.make_weld_seam,
    "wood": families.make_wood,
    "woven": patterns.make_woven,
}

_VIEWS: dict[View, Callable[[np.random.Generator, int], Scene | scanners.Scanner]] = {
    "camera": make_scene,
    "borescope": make_borescope,
    "radiograph": scanners.make_radiograph,
    "tomograph": scanners.make_tomograph,
    "echo": scanners.make_echo_scanner,
}

_DEFECTS: dict[str, Callable[[np.random.Generator, Surface, float], defects.Damage]] = {
    "blob": flaws.add_blob,
    "bump": flaws.add_bump,
    "corrosion": flaws.add_corrosion,
    "crack": defects.add_crack,
    "delamination": layers.add_delamination,
    "dent": defects.add_dent,
    "distortion": defects.add_distortion,
    "foreign_piece": defects.add_foreign_piece,
    "hole": flaws.add_hole,
    "misprint": defects.add_misprint,
    "missing_part": layers.add_missing_part,
    "missing_piece": defects.add_missing_piece,
    "pores": flaws.add_pores,
    "scratch": defects.add_scratch,
    "stain": defects.add_stain,
    "swelling": layers.add_swelling,
    "texture_change": flaws.add_texture_change,
}

TEXTURE_FAMILIES = tuple(_FAMILIES)
DEFECTS = tuple(_DEFECTS)

VISIBLE_DIFFERENCE = 12
"""Change of a pixel, of 255 in any colour, that counts as altered in a clear defect."""

FAINT_DIFFERENCE = 6
"""The same in the faintest defect: what counts lies between, at a share of the defect's own strongest change."""

FAINT_SHARE = 0.3

CLEAR_DIFFERENCE = (24.0, 48.0)
CLEAR_CONTRAST = 0.8
FAINTEST = 0.5
"""Mean change that a defect's visible pixels should have, lest it drown: the contrast times the standard deviation of
the texture around it, within these bounds; and, for a faint one, down to this share of that."""

SMALLEST_DEFECT = 40 / 256**2
"""Visible pixels that a defect has at least, as a share of the picture."""

SPECK = 0.03
"""Share of a defect's largest part below which another part is a speck."""

ATTEMPTS = 16
CHOOSY_ATTEMPTS = 8
"""How often a defect is made stronger and put elsewhere, and how often while only a clear one will do."""

MARGIN = 6
"""Pixels beyond a defect that are photographed again: more than relief and focus reach."""

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
    Inside, the defect changed what is visible (:data:`VISIBLE_DIFFERENCE`, half of it for the faintest); the mask takes
    in the holes and gaps between such pixels, as a person would draw it, where defect and texture happen to look alike.
    No mask is empty.

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
    scene = _VIEWS[surface.view](rng, size)
    image = scene.take(surface)
    mask = np.zeros((size, size), dtype=bool)
    if defect is None:
        return TexturePicture(image, mask)
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed, zlib.crc32(defect.encode())])
    clearness = rng.uniform(FAINTEST, 1.0)
    for attempt in range(ATTEMPTS):
        damage = _DEFECTS[defect](rng, surface, 1.0 + 0.4 * attempt)
        # Shading and focus reach a little beyond the defect itself.
        reach = ndimage.maximum_filter(damage.share > 0.02, size=2 * round(3 * size / 256) + 1)
        box = bounding_box(reach, margin=max(MARGIN, 2 * _gap(size, reach) + 1))
        if box is None:
            continue
        normal, damaged = image[box], scene.crop(box).take(damage.surface.crop(box))
        found = _find_mask(normal, damaged, reach[box], size, clearness if attempt < CHOOSY_ATTEMPTS else 0.0)
        if found is not None:
            mask[box] = found
            image[box] = np.where(found[..., None], damaged, normal)
            return TexturePicture(image, mask)
    raise RuntimeError(f"{ATTEMPTS} attempts at a {defect} on {family} {seed} of {size} pixels altered too little")


def _gap(size: int, reach: np.ndarray) -> int:
    """Return half the width of the gaps between visible pixels that a person would not leave out, pixels.

    In a large defect larger ones.
    """
    return round(2 * size / 256 + 0.03 * np.sqrt(np.count_nonzero(reach)))


def _find_mask(
    normal: np.ndarray, damaged: np.ndarray, reach: np.ndarray, size: int, clearness: float
) -> np.ndarray | None:
    """Return the mask of what the defect visibly altered, None if that is too little to be seen."""
    change = np.abs(damaged.astype(np.int16) - normal).max(axis=2)
    strongest = np.quantile(change[reach], 0.98)
    visible = (change >= np.clip(FAINT_SHARE * strongest, FAINT_DIFFERENCE, VISIBLE_DIFFERENCE)) & reach
    gap = 2 * _gap(size, reach) + 1
    whole = ndimage.minimum_filter(ndimage.maximum_filter(visible, gap), gap) & reach
    whole = ndimage.binary_fill_holes(whole)
    # Specks beside the defect are chance: too small to be drawn, they are no part of it.
    parts, count = ndimage.label(whole, np.ones((3, 3)))
    areas = np.bincount(parts.ravel(), minlength=count + 1)
    areas[0] = 0
    keep = areas >= max(4, SMALLEST_DEFECT * size**2 / 3, SPECK * areas.max())
    keep[0] = False
    whole = keep[parts]
    visible &= whole
    if visible.sum() < SMALLEST_DEFECT * size**2:
        return None
    clear = clearness * np.clip(CLEAR_CONTRAST * normal.std(axis=(0, 1)).max(), *CLEAR_DIFFERENCE)
    if change[visible].mean() < clear:
        return None
    return whole
