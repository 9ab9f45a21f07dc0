from __future__ import annotations

import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from acd_monai.data import CachedSample, ImageCache, make_cache_key
from acd_monai.errors import ConfigError, InputError, OutputError

COUNT, SIZE = 7, 12


def sample(index: int) -> CachedSample:
    rng = np.random.default_rng(index)
    return CachedSample(
        rng.integers(0, 256, (3, SIZE, SIZE), dtype=np.uint8), rng.integers(0, 2, (1, SIZE, SIZE), dtype=np.uint8)
    )


class Loader:
    """Makes samples, and remembers which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, index: int) -> CachedSample:
        self.asked.append(index)
        return sample(index)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., ImageCache]:
    return lambda mode, loader, key="key", count=COUNT: ImageCache(count, loader, SIZE, mode, tmp_path, key)


def assert_all_right(cache: ImageCache) -> None:
    for index in range(len(cache)):
        for got, wanted in zip(cache[index], sample(index), strict=True):
            np.testing.assert_array_equal(got, wanted)
            assert got.dtype == np.uint8


@pytest.mark.parametrize(("mode", "loads"), [("memory", 1), ("disk", 1), ("none", 3)])
def test_what_comes_out_is_what_was_loaded(make: Callable[..., ImageCache], mode: str, loads: int) -> None:
    loader = Loader()
    cache = make(mode, loader)
    cache.fill(progress=False)
    for _ in range(2):
        assert_all_right(cache)
    assert sorted(loader.asked) == sorted(list(range(COUNT)) * loads)
    with pytest.raises(IndexError):
        cache[COUNT]


@pytest.mark.parametrize("mode", ["memory", "disk"])
def test_what_comes_out_is_the_callers_own(make: Callable[..., ImageCache], mode: str) -> None:
    cache = make(mode, sample)
    for array in cache[3]:
        array[:] = 0
    assert_all_right(cache)


def test_the_next_run_uses_the_disk_again(make: Callable[..., ImageCache]) -> None:
    make("disk", sample)[2]
    loader = Loader()
    assert_all_right(make("disk", loader))
    assert sorted(loader.asked) == [0, 1, 3, 4, 5, 6]
    again = Loader()
    cache = make("disk", again)
    cache.fill()
    assert_all_right(pickle.loads(pickle.dumps(make("disk", sample))))
    assert again.asked == []


KILLED = """
import os, signal, sys
from pathlib import Path
from acd_monai.data import ImageCache, disk_rows
from tests.data.test_image_cache import SIZE, COUNT, sample

true_write = os.pwrite
def die_half_way(handle, data, offset):
    if len(data) > 1 and offset > 0:
        true_write(handle, data[: len(data) // 2], offset)
        os.kill(os.getpid(), signal.SIGKILL)
    return true_write(handle, data, offset)
disk_rows.os.pwrite = die_half_way
cache = ImageCache(COUNT, sample, SIZE, "disk", Path(sys.argv[1]), "key")
cache[0]
cache[4]
"""


def test_a_row_that_was_being_written_is_loaded_again(tmp_path: Path, make: Callable[..., ImageCache]) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    half = np.fromfile(tmp_path / "key" / "rows.bin", np.uint8).reshape(COUNT, -1)[4]
    assert half[: half.size // 2].any() and not half[half.size // 2 :].any()
    loader = Loader()
    assert_all_right(make("disk", loader))
    assert sorted(loader.asked) == [1, 2, 3, 4, 5, 6]


def truncate(folder: Path) -> None:
    with (folder / "rows.bin").open("r+b") as file:
        file.truncate(100)


def forget_flags(folder: Path) -> None:
    (folder / "filled.bin").unlink()


def describe_another(folder: Path) -> None:
    (folder / "rows.json").write_text("{}")


@pytest.mark.parametrize("harm", [truncate, forget_flags, describe_another])
def test_a_damaged_or_foreign_folder_is_built_anew(
    tmp_path: Path, make: Callable[..., ImageCache], harm: Callable[[Path], None]
) -> None:
    make("disk", lambda index: CachedSample(*(0 * array for array in sample(index)))).fill()
    (tmp_path / "key" / "notes.txt").write_text("not ours")
    harm(tmp_path / "key")
    assert_all_right(make("disk", sample))
    assert (tmp_path / "key" / "notes.txt").read_text() == "not ours"


def test_a_cache_of_another_count_is_not_read(make: Callable[..., ImageCache]) -> None:
    make("disk", lambda index: sample(index + 1), count=COUNT + 1).fill()
    assert_all_right(make("disk", sample))


class FreeSpace(NamedTuple):
    total: int
    used: int
    free: int


def test_a_full_disk_is_said_before_anything_is_laid_out(
    tmp_path: Path, make: Callable[..., ImageCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    make("disk", sample, key="filled").fill()
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: FreeSpace(10**9, 10**9 - 1000, 1000))
    with pytest.raises(OutputError, match=r"needs 0.00 GB more in .*, where 0.00 GB are free. Make room"):
        make("disk", sample)
    assert (tmp_path / "key" / "rows.bin").stat().st_size == 0


def test_bad_files_are_named_before_training(tmp_path: Path) -> None:
    files = [tmp_path / f"{index}.png" for index in range(9)]
    for file in files:
        Image.new("RGB", (SIZE, SIZE)).save(file)
    whole = files[0].read_bytes()
    for file in files[1:8]:
        file.write_bytes(whole[: len(whole) // 2])
    files[7].unlink()

    def load(index: int) -> CachedSample:
        with Image.open(files[index]) as image:
            return CachedSample(np.asarray(image).transpose(2, 0, 1), np.zeros((1, SIZE, SIZE), np.uint8))

    for mode in ("memory", "none"):
        cache = ImageCache(9, load, SIZE, mode, name_of=lambda index: files[index].name)
        with pytest.raises(InputError) as caught:
            cache.fill(progress=False)
        message = str(caught.value)
        assert message.startswith("7 of 9 images cannot be used: ")
        assert [message.count(file.name) for file in files] == [0, 1, 1, 1, 1, 1, 0, 0, 0]
        assert "; and 2 more. " in message and "\n" not in message
    with pytest.raises(InputError, match=r"7\.png"):
        cache[7]


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (CachedSample(np.zeros((3, 5, 5), np.uint8), np.zeros((1, 5, 5), np.uint8)), r"sample 0: .*\(3, 5, 5\)"),
        (CachedSample(np.zeros((3, 12, 12), np.float32), np.zeros((1, 12, 12), np.uint8)), "float32"),
        (CachedSample(np.zeros((3, 12, 12), np.uint8), np.full((1, 12, 12), 255, np.uint8)), "up to 255"),
    ],
)
def test_a_loader_that_gives_something_else_is_refused(shown: CachedSample, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ImageCache(1, lambda index: shown, SIZE)[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mode": "ram"}, "cache mode is 'ram'; wanted one of memory, disk, none"),
        ({"mode": "disk", "key": "k"}, "without a folder"),
        ({"mode": "disk", "key": "../k", "folder": "."}, "cache key is '../k'"),
        ({"samples_count": 0}, "0 samples"),
        ({"samples_count": 10**12}, "GB of memory"),
    ],
)
def test_what_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ImageCache(**{"samples_count": 1, "loader": sample, "size": SIZE, **values})


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not write the image cache"):
        ImageCache(1, sample, SIZE, "disk", tmp_path / "file", "key")


def test_the_key_follows_files_and_settings(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a", "b")]
    for file in files:
        file.write_text("x")
    key = make_cache_key(files, "518 px")
    assert key == make_cache_key(files, "518 px")
    assert len({key, make_cache_key(files[::-1], "518 px"), make_cache_key(files, "240 px")}) == 3
    files[1].write_text("longer")
    assert make_cache_key(files, "518 px") != key
