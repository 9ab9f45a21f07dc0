from __future__ import annotations

import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from acd_monai.data.synthetic import POLYPS, make_colonoscopy, make_retina_oct
from acd_monai.data.synthetic.colon_polyps import grow_polyp
from acd_monai.data.synthetic.colon_wall import DEPTHS, FARTHEST, NEAREST, Tube, View, draw_tube, draw_view, look
from acd_monai.data.synthetic.colonoscopy import FAINTEST, LARGEST_POLYP, SMALLEST_POLYP
from acd_monai.errors import ConfigError

SIZE = 96


def test_a_straight_pipe_is_seen_as_geometry_says() -> None:
    depth = np.geomspace(NEAREST, FARTHEST, DEPTHS, dtype=np.float32)
    pipe = Tube(depth, np.ones((384, DEPTHS), dtype=np.float32))
    view = draw_view(np.random.default_rng(0), SIZE)
    wall = look(pipe, view)
    reached = 1 / view.slope < 0.9 * FARTHEST
    np.testing.assert_allclose(np.hypot(*wall.place[:2])[reached], 1, rtol=2e-3)


def test_a_fold_hides_what_is_behind_it() -> None:
    depth = np.geomspace(NEAREST, FARTHEST, DEPTHS, dtype=np.float32)
    radius = np.ones((384, DEPTHS), dtype=np.float32) - 0.5 * np.exp(-(((depth - 2) / 0.1) ** 2)).astype(np.float32)
    slope = np.linspace(0.05, 1.5, 400, dtype=np.float32)[None]
    wall = look(Tube(depth, radius), View(slope, np.zeros_like(slope), 1.0))
    assert not ((wall.depth > 2.15) & (wall.depth < 3.8)).any()  # the shadow of a ring of radius 0.5 at 2 ends at 4
    assert (wall.depth > 4).any() and (wall.depth < 1.9).any()


def test_every_ray_hits_what_is_nearest() -> None:
    rng = np.random.default_rng(3)
    tube, view = draw_tube(rng), draw_view(rng, SIZE)
    wall = look(tube, view)
    for kind in POLYPS:
        grown = grow_polyp(np.random.default_rng(1), kind, tube, view, wall, 1.0)
        moved = np.abs(grown.wall.depth - wall.depth) > 1e-5
        assert moved.any() and (moved <= grown.mask).mean() > 0.99  # a raised rim may hide a little behind it
        if kind != "flat":
            assert (grown.wall.depth[grown.mask] < wall.depth[grown.mask]).all() and (moved <= grown.mask).all()


@pytest.mark.parametrize("kind", [*POLYPS, True])
def test_a_polyp_changes_its_pixels_and_little_else(kind: str | bool) -> None:
    inside, outside, changed = [], [], []
    for seed in range(10):
        normal, ill = make_colonoscopy(seed, SIZE), make_colonoscopy(seed, SIZE, kind)
        assert ill.image.shape == (SIZE, SIZE, 3) and ill.image.dtype == np.uint8
        assert ill.mask.shape == (SIZE, SIZE) and ill.mask.dtype == bool and not normal.mask.any()
        assert SMALLEST_POLYP <= ill.mask.mean() <= LARGEST_POLYP
        change = np.abs(ill.image.astype(int) - normal.image).max(axis=2)
        assert change[ill.mask].mean() > FAINTEST / 2  # a blur by motion spreads it
        inside.append(change[ill.mask].mean())
        outside.append(change[~ill.mask].mean())
        changed.append((change[ill.mask] > 4).mean())
    assert np.mean(inside) > 15 * np.mean(outside) and np.mean(changed) > 0.7


def test_pictures_differ_widely() -> None:
    pictures = [make_colonoscopy(seed, 64).image for seed in range(40)]
    assert len({picture.tobytes() for picture in pictures}) == 40
    assert np.std([picture.mean() for picture in pictures]) > 15
    corners = [picture[:3, :3].mean() for picture in pictures]
    assert min(corners) < 5 and max(corners) > 60  # with and without a black surround
    redness = [picture[..., 0].mean() / picture[..., 2].mean() for picture in pictures]
    assert np.median(redness) > 1.1 and np.std(redness) > 0.15
    assert np.mean([(picture.min(axis=2) > 235).any() for picture in pictures]) > 0.15  # highlights


CHECKSUMS = """
import zlib
from acd_monai.data.synthetic import make_colonoscopy, make_retina_oct
for picture in (make_colonoscopy(5, 64, polyp=True), make_retina_oct(5, 64, abnormal=True)):
    print(zlib.crc32(picture.image.tobytes()), zlib.crc32(picture.mask.tobytes()))
"""


def test_every_process_makes_the_same_pictures() -> None:
    run = subprocess.run(
        [sys.executable, "-c", CHECKSUMS], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    pictures = [make_colonoscopy(5, 64, polyp=True)[:2], make_retina_oct(5, 64, abnormal=True)[:2]]
    for (image, mask), line in zip(pictures, run.stdout.splitlines(), strict=True):
        assert line == f"{zlib.crc32(image.tobytes())} {zlib.crc32(mask.tobytes())}"


def test_it_is_fast() -> None:
    for seed in range(3):
        make_colonoscopy(seed, 64, True)
    start = time.process_time()
    for seed in range(5):
        make_colonoscopy(seed, 256, True)
    assert (time.process_time() - start) / 5 < 0.4


@pytest.mark.parametrize(
    ("values", "words"),
    [({"seed": -1}, "seed -1"), ({"size": 32}, "32 pixels"), ({"polyp": "wart"}, "'wart'; wanted one of flat")],
)
def test_what_is_refused(values: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_colonoscopy(**{"seed": 0, "size": 64, **values})
