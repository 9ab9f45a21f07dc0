"""Colonoscopy frames of nobody's colon, with polyps of which every pixel is known.

The tube, its lamps and its camera are drawn widely apart; with and without a polyp a seed shows the same colon.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np

from acd_monai.data.synthetic.colon_debris import add_debris, draw_debris
from acd_monai.data.synthetic.colon_light import draw_scope, expose, photograph_wall
from acd_monai.data.synthetic.colon_mucosa import Mucosa, colour_wall, draw_mucosa
from acd_monai.data.synthetic.colon_polyps import POLYPS, Grown, grow_polyp
from acd_monai.data.synthetic.colon_wall import draw_tube, draw_view, look
from acd_monai.data.synthetic.smooth_fields import smooth_field
from acd_monai.errors import ConfigError

__all__ = ["POLYPS", "ColonPicture", "make_colonoscopy"]

MIN_SIZE = 64
SMALLEST_POLYP, LARGEST_POLYP = 120 / 256**2, 0.4
"""Share of the picture that a polyp takes."""

FAINTEST = 6.0
"""Mean change that a polyp makes to its pixels, of 255."""

DARKEST = 0.12
"""Mean brightness of a polyp's pixels, of 1: none sits in the black of the lumen."""

ATTEMPTS = 24


class ColonPicture(NamedTuple):
    """A frame and where its polyp is.

    Attributes:
        image: uint8 ``(H, W, 3)``, red, green, blue.
        mask: bool ``(H, W)``, the polyp as far as it can be seen; all False without one.
    """

    image: np.ndarray
    mask: np.ndarray


def make_colonoscopy(seed: int, size: int = 256, polyp: bool | str = False) -> ColonPicture:
    """Make a frame; the same arguments give the same one.

    Args:
        seed: from 0; chooses everything else.
        size: height and width, pixels.
        polyp: one of :data:`POLYPS`; True draws one of them.

    Raises:
        ConfigError: a negative seed, a size below 64, or an unknown polyp.
    """
    if seed < 0 or size < MIN_SIZE:
        raise ConfigError(f"colonoscopy has seed {seed} and {size} pixels; wanted a seed from 0 and {MIN_SIZE} pixels.")
    if isinstance(polyp, str) and polyp not in POLYPS:
        raise ConfigError(f"polyp is {polyp!r}; wanted one of {', '.join(POLYPS)}, or True.")
    tube, view = draw_tube(_stream(seed, "tube")), draw_view(_stream(seed, "view"), size)
    mucosa, scope = draw_mucosa(_stream(seed, "mucosa"), size), draw_scope(_stream(seed, "scope"), size)
    debris = draw_debris(_stream(seed, "debris"), size)
    wall = look(tube, view)
    colour, relief = colour_wall(wall, mucosa)
    bare, gain = photograph_wall(wall, colour, relief, scope)
    if not polyp:
        return ColonPicture(expose(add_debris(bare, debris), scope), np.zeros((size, size), dtype=bool))
    rng = _stream(seed, "polyp" if polyp is True else polyp)
    for attempt in range(ATTEMPTS):
        kind = str(rng.choice(POLYPS)) if polyp is True else polyp
        grown = grow_polyp(rng, kind, tube, view, wall, 1.0 + 0.06 * attempt)
        mask = grown.mask & (scope.frame > 0.5)
        if not SMALLEST_POLYP <= mask.mean() <= LARGEST_POLYP:
            continue
        box = _around(mask, margin=size // 24)
        part, near = Grown(grown.wall.crop(box), grown.mask[box], grown.inside[box]), mucosa.crop(box)
        colour, relief = colour_wall(part.wall, near)
        colour, relief = _grow_skin(rng, part, colour, relief, near)
        lit, _ = photograph_wall(part.wall, colour, relief, scope, gain)
        change = np.abs(lit - bare[:, *box])[:, mask[box]].mean() * 255
        if change < FAINTEST or lit[:, mask[box]].mean() < DARKEST:
            continue
        picture = bare.copy()
        picture[:, *box] = lit
        return ColonPicture(expose(add_debris(picture, debris), scope), mask)
    raise RuntimeError(f"{ATTEMPTS} attempts at a polyp in the colon of seed {seed} could not be seen")


def _stream(seed: int, purpose: str) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(b"colonoscopy"), seed, zlib.crc32(purpose.encode())])


def _around(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Return the box that holds a mask, and some more."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    return slice(top, rows[-1] + 1 + margin), slice(left, columns[-1] + 1 + margin)


def _grow_skin(
    rng: np.random.Generator, grown: Grown, colour: np.ndarray, relief: np.ndarray, mucosa: Mucosa
) -> tuple[np.ndarray, np.ndarray]:
    """Return colour and relief with the polyp's own: redder, paler or the same, fewer vessels, pits or lobes."""
    change = np.array([rng.normal(0.0, 0.05), rng.normal(-0.04, 0.11), rng.normal(-0.03, 0.11)])
    plain = mucosa.colour[:, None, None] * (1 + change.astype(np.float32))[:, None, None]
    pits = smooth_field(rng, relief.shape, (rng.uniform(0.03, 0.12) * np.sqrt(grown.mask.sum()) + 0.6,) * 2)
    own = plain * (1 + np.float32(rng.uniform(0.02, 0.12)) * pits)
    share = grown.inside * np.float32(rng.uniform(0.6, 1.0))
    return colour + share * (own - colour), relief + grown.inside * np.float32(rng.uniform(0.0, 2.5)) * pits
