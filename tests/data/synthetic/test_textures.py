from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from acd_monai.data.synthetic import DEFECT_WORDS, DEFECTS, FAMILY_NOUNS, TEXTURE_FAMILIES, make_texture
from acd_monai.data.synthetic.texture_families import make_object
from acd_monai.data.synthetic.texture_scene import Surface, make_borescope
from acd_monai.data.synthetic.textures import FAINT_DIFFERENCE, SMALLEST_DEFECT
from acd_monai.errors import ConfigError

SIZE = 128


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("family", TEXTURE_FAMILIES)
def test_the_mask_is_where_the_picture_changed(family: str, defect: str) -> None:
    for seed in range(3):
        normal, damaged = make_texture(family, seed, SIZE), make_texture(family, seed, SIZE, defect)
        change = np.abs(damaged.image.astype(int) - normal.image).max(axis=2)
        assert damaged.image.shape == (SIZE, SIZE, 3) and damaged.image.dtype == np.uint8
        assert damaged.mask.shape == (SIZE, SIZE) and damaged.mask.dtype == bool and not normal.mask.any()
        assert not change[~damaged.mask].any()
        visible = change >= FAINT_DIFFERENCE
        assert visible.sum() >= SMALLEST_DEFECT * SIZE**2
        assert damaged.mask.mean() < 0.35


def test_most_of_a_mask_is_visibly_altered() -> None:
    shares = {}
    for defect in DEFECTS:
        changed = []
        for seed, family in enumerate(TEXTURE_FAMILIES):
            normal, damaged = make_texture(family, seed, SIZE), make_texture(family, seed, SIZE, defect)
            change = np.abs(damaged.image.astype(int) - normal.image).max(axis=2)
            changed.append((change[damaged.mask] >= FAINT_DIFFERENCE).mean())
        shares[defect] = np.mean(changed)
    assert min(shares.values()) > 0.5, shares


@pytest.mark.parametrize("family", TEXTURE_FAMILIES)
def test_pictures_differ_widely(family: str) -> None:
    pictures = [make_texture(family, seed, 64).image for seed in range(10)]
    for picture in pictures:
        assert picture.std(axis=(0, 1)).max() > 1.5  # no blank one
        assert ((picture == 0) | (picture == 255)).all(axis=2).mean() < 0.6  # neither black nor white
    assert np.std([picture.mean() for picture in pictures]) > 8
    assert len({picture.tobytes() for picture in pictures}) == 10


CHECKSUMS = """
import zlib
from acd_monai.data.synthetic import DEFECTS, TEXTURE_FAMILIES, make_texture
for family in TEXTURE_FAMILIES:
    picture = make_texture(family, 5, 64, DEFECTS[len(family) % len(DEFECTS)])
    print(zlib.crc32(picture.image.tobytes()), zlib.crc32(picture.mask.tobytes()))
"""


def test_every_process_makes_the_same_pictures() -> None:
    run = subprocess.run(
        [sys.executable, "-c", CHECKSUMS], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    for family, line in zip(TEXTURE_FAMILIES, run.stdout.splitlines(), strict=True):
        picture = make_texture(family, 5, 64, DEFECTS[len(family) % len(DEFECTS)])
        assert line == f"{zlib.crc32(picture.image.tobytes())} {zlib.crc32(picture.mask.tobytes())}"


def test_there_is_enough_to_choose_from() -> None:
    assert len(TEXTURE_FAMILIES) >= 16 and len(DEFECTS) >= 16


def test_every_family_and_every_defect_has_words() -> None:
    assert tuple(sorted(TEXTURE_FAMILIES)) == TEXTURE_FAMILIES and set(FAMILY_NOUNS) == set(TEXTURE_FAMILIES)
    assert tuple(sorted(DEFECTS)) == DEFECTS and set(DEFECT_WORDS) == set(DEFECTS)
    for words in (*FAMILY_NOUNS.values(), *DEFECT_WORDS.values()):
        assert len(words) >= 3 and len(set(words)) == len(words) and all(word == word.strip() for word in words)


def test_defects_are_small_and_large() -> None:
    areas = [make_texture("industrial_ct", seed, SIZE, "blob").mask.mean() for seed in range(30)]
    assert min(areas) < 0.01 and max(areas) > 0.08


@pytest.mark.parametrize("family", ["casting_xray", "industrial_ct", "laminate_scan"])
def test_scans_are_grey_mostly(family: str) -> None:
    grey = [bool((np.ptp(make_texture(family, seed, 64).image, axis=2) == 0).all()) for seed in range(40)]
    assert 0.7 < np.mean(grey) < 1


def test_light_comes_from_the_probe() -> None:
    size = 65  # a mound in the middle of a plain wall is bright on the side that the lamp is on
    scene = make_borescope(np.random.default_rng(2), size)._replace(noise=np.zeros((3, size, size), np.float32))
    y, x = (np.mgrid[:size, :size] - size // 2) * (256 / size)
    mound = (20 * np.exp(-(x**2 + y**2) / 40**2)).astype(np.float32)
    grey = np.full((3, size, size), 0.4, np.float32)
    wall = Surface(np.zeros_like(mound), grey, 0.0, grey[:, :1, :1], np.ones_like(mound, dtype=bool), "borescope")
    gain = scene.take(wall._replace(height=mound)).mean(2) - scene.take(wall).mean(2)
    towards = scene.lamp[:2, size // 2, size // 2]
    side, near = (towards[0] * x + towards[1] * y) / np.linalg.norm(towards), np.hypot(x, y) < 50
    assert gain[near & (side > 15)].mean() > gain[near & (side < -15)].mean() + 3


def test_an_object_is_damaged_and_not_what_it_lies_on() -> None:
    rng = np.random.default_rng([zlib.crc32(b"object"), 4])
    inside = make_object(rng, SIZE).inside
    for defect in DEFECTS:
        mask = make_texture("object", 4, SIZE, defect).mask
        assert (mask & inside).sum() > 0.6 * mask.sum()  # shading and focus reach over the outline


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"family": "ceramic"}, "texture family is 'ceramic'; wanted one of assembly_ct, "),
        ({"defect": "lump"}, "defect is 'lump'"),
        ({"seed": -1}, "seed -1"),
        ({"size": 32}, "32 pixels"),
    ],
)
def test_what_is_refused(values: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_texture(**{"family": "wood", "seed": 0, **values})
