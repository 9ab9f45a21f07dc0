"""Draw a gallery of the synthetic pictures, for the README: each family normal, abnormal, and where."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from acd_monai.data.synthetic import (
    DEFECTS,
    TEXTURE_FAMILIES,
    make_colonoscopy,
    make_head_slice,
    make_liver_slice,
    make_retina_oct,
    make_texture,
)

PAIRS = 5
"""Seeds a row shows."""

OUTLINE = (0, 255, 120)
GAP, LABEL = 4, 22


class Picture(Protocol):
    """What all generators return."""

    @property
    def image(self) -> np.ndarray:
        """Uint8 ``(H, W)`` or ``(H, W, 3)``."""

    @property
    def mask(self) -> np.ndarray:
        """Bool ``(H, W)``."""


class Row(NamedTuple):
    """A name, and what makes its picture from a place in the row, normal or abnormal."""

    name: str
    make: Callable[[int, bool], Picture]


def make_rows(seed: int, size: int) -> Iterator[Row]:
    """Yield the rows of the gallery, industrial ones first; every picture has a family, kind and seed of its own."""
    columns = -(-len(TEXTURE_FAMILIES) // PAIRS)
    for part in range(columns):

        def make(place: int, abnormal: bool, part: int = part) -> Picture:
            index = part * PAIRS + place
            family = TEXTURE_FAMILIES[index % len(TEXTURE_FAMILIES)]
            return make_texture(family, seed + index, size, DEFECTS[index % len(DEFECTS)] if abnormal else None)

        yield Row("industrial", make)
    yield Row("head MRI", lambda place, abnormal: make_head_slice(seed + place, size, abnormal))
    yield Row("abdominal CT", lambda place, abnormal: make_liver_slice(seed + place, size, abnormal))
    yield Row("retina OCT", lambda place, abnormal: make_retina_oct(seed + place, size, abnormal))
    yield Row("colonoscopy", lambda place, abnormal: make_colonoscopy(seed + place, size, abnormal))


def outline(picture: Picture) -> np.ndarray:
    """Return the picture in colour with the outline of its mask, drawn outside it."""
    image = np.array(Image.fromarray(picture.image).convert("RGB"))
    wide = max(1, len(image) // 160)
    image[ndimage.binary_dilation(picture.mask, iterations=wide) & ~picture.mask] = OUTLINE
    return image


def draw_gallery(seed: int, size: int) -> Image.Image:
    """Return the gallery: a row has :data:`PAIRS` times normal, abnormal, and abnormal with the outline."""
    rows = list(make_rows(seed, size))
    step = size + GAP
    triple = 3 * step + 2 * GAP
    sheet = Image.new("RGB", (PAIRS * triple - 2 * GAP, len(rows) * (step + LABEL)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(LABEL - 8)
    for number, row in enumerate(rows):
        top = number * (step + LABEL)
        draw.text((2, top + 2), f"{row.name}: normal, abnormal, outline of the mask", fill="black", font=font)
        for place in range(PAIRS):
            normal, abnormal = row.make(place, False), row.make(place, True)
            for column, image in enumerate((normal.image, abnormal.image, outline(abnormal))):
                sheet.paste(Image.fromarray(image).convert("RGB"), (place * triple + column * step, top + LABEL))
    return sheet


def main() -> None:
    """Read the command line and write the gallery."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path, help="the PNG file to write; must not be there yet")
    parser.add_argument("--seed", type=int, default=20, help="of the first picture in each row (default: 20)")
    parser.add_argument("--size", type=int, default=128, help="height and width of each picture (default: 128)")
    options = parser.parse_args()
    if options.picture.exists():
        sys.exit(f"{options.picture} is there already and stays as it is; choose another name")
    gallery = draw_gallery(options.seed, options.size)
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    gallery.save(options.picture, optimize=True)
    sys.stdout.write(f"{options.picture}: {gallery.width} x {gallery.height} pixels\n")


if __name__ == "__main__":
    main()
