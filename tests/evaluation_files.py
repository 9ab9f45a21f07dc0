"""A small labelled data set whose figures are neither 0 nor 1: noise, and brighter noise where it is abnormal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["make_slices"]


def make_slices(
    root: Path, *, cases: int = 3, slices: int = 2, size: tuple[int, int] = (60, 48), seed: int = 0
) -> Path:
    """Write a BMAD tree: of every case as many normal as abnormal slices, named ``<case>_<slice>``."""
    generator, size = np.random.default_rng(seed), (60, 48)
    for name in ("good/img", "good/label", "Ungood/img", "Ungood/label"):
        (root / "test" / name).mkdir(parents=True)
    rows, columns = np.mgrid[: size[0], : size[1]]
    for case in range(cases):
        for number in range(slices):
            for kind in ("good", "Ungood"):
                picture = generator.normal(90, 25, size)
                mask = np.zeros(size, dtype=bool)
                if kind == "Ungood":
                    centre = generator.uniform(15, 35, 2)
                    mask = np.hypot(rows - centre[0], columns - centre[1]) < generator.uniform(4, 9)
                    picture[mask] += 60
                name = f"{case:03}_{2 * number + (kind == 'good')}.png"
                Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(root / "test" / kind / "img" / name)
                Image.fromarray(mask.astype(np.uint8) * 255).save(root / "test" / kind / "label" / name)
    return root
