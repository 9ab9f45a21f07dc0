"""Mosaics hold four images of the class, in equal shares of its folders, with their masks; as often as asked for."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from monai.data import Dataset

from acd_monai.errors import ConfigError
from acd_monai.transforms import Mosaic

SIZE = 16
FOLDERS = {"nut": {"good": 6, "bent": 2}, "tile": {"crack": 1}}


def plain_data() -> Dataset:
    """One grey level an image: 10, 20, …; the lower half of each abnormal one is masked."""
    items = []
    for name, folders in FOLDERS.items():
        for folder, count in folders.items():
            for number in range(count):
                mask = torch.zeros(1, SIZE, SIZE, dtype=torch.uint8)
                mask[:, SIZE // 2 :] = folder != "good"
                image = torch.full((3, SIZE, SIZE), 10 * (len(items) + 1), dtype=torch.uint8)
                path = f"root/{name}/test/{folder}/{number:03d}.png"
                items.append({"image": path, "class_name": name, "image_": image, "mask_": mask})
    return Dataset(items, lambda item: {"image": item["image_"], "mask": item["mask_"]})


def tiles(picture: torch.Tensor) -> list[torch.Tensor]:
    half = SIZE // 2
    return [picture[0, 0, y : y + half, x : x + half] for y in (0, half) for x in (0, half)]


def test_tiles_are_images_of_the_class_with_their_masks() -> None:
    mosaic, generator, drawn = Mosaic(plain_data(), 1.0), torch.Generator().manual_seed(0), Counter()
    for _ in range(300):
        made = mosaic(0, generator)
        assert made is not None and made.image.shape == (1, 3, SIZE, SIZE) and made.mask.shape == (1, 1, SIZE, SIZE)
        for level, mask in zip(tiles(made.image), tiles(made.mask), strict=True):
            number = round(float(level[3, 3]) * 255 / 10) - 1  # in the middle, away from the neighbours
            drawn[number] += 1
            assert mask[:4].sum() == 0 and mask[4:].float().mean() == (number >= 6)  # 6 and 7 are bent
    assert set(drawn) == set(range(8))  # and never the other class
    assert sum(drawn[number] for number in (6, 7)) / drawn.total() == pytest.approx(0.5, abs=0.05)


def test_a_mosaic_of_one_image_is_that_image_four_times() -> None:
    made = Mosaic(plain_data(), 1.0)(8, torch.Generator().manual_seed(0))
    assert made is not None
    torch.testing.assert_close(made.image, torch.full_like(made.image, 90 / 255))
    assert [int(tile.sum()) for tile in tiles(made.mask)] == [32, 32, 32, 32]


def test_how_often_and_always_the_same() -> None:
    mosaic = Mosaic(plain_data(), 0.2)
    first, again = ([mosaic(0, torch.Generator().manual_seed(seed)) for seed in range(500)] for _ in range(2))
    made = [(one, two) for one, two in zip(first, again, strict=True) if one is not None]
    assert len(made) / len(first) == pytest.approx(0.2, abs=0.05)
    assert all(two is not None and torch.equal(one.image, two.image) for one, two in made)
    assert Mosaic(plain_data(), 0.0)(0, torch.Generator()) is None
    with pytest.raises(ConfigError, match="probability of a mosaic is 2; wanted 0 to 1"):
        Mosaic(plain_data(), 2)
