"""Pictures that are hostile or odd; what else is refused is in test_frames.py."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from acd_monai.data import read_volume, scan_inputs
from acd_monai.errors import AcdMonaiError
from tests.data.bad_files import assert_refused, assert_refused_cheaply


def png_that_declares(path: Path, width: int, height: int) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_hostile_pictures_cost_neither_time_nor_memory(tmp_path: Path) -> None:
    assert_refused_cheaply(
        {
            png_that_declares(tmp_path / "huge.png", 65_535, 65_535): "pixels",
            png_that_declares(tmp_path / "short.png", 3000, 3000): "damaged",
            png_that_declares(tmp_path / "bomb.png", 9000, 9000): "pixels",
        }
    )


def test_map_grid_is_the_stored_one_whatever_the_mode(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb).save(tmp_path / "turned.jpg", exif=exif)
    for mode in ("RGBA", "P", "1", "L", "LA", "I;16"):
        picture = (
            Image.fromarray(rgb[..., 0].astype(np.uint16)) if mode == "I;16" else Image.fromarray(rgb).convert(mode)
        )
        picture.save(tmp_path / f"{mode.replace(';', '')}.png")
    for path in sorted(tmp_path.iterdir()):
        volume = read_volume(path)
        assert volume.array.shape[1:] == (7, 5, 1) and 0 <= volume.array.min() <= volume.array.max() <= 1, path.name
        np.testing.assert_array_equal(volume.affine, np.diag([-1.0, -1.0, 1.0, 1.0]))


def test_a_bad_picture_does_not_end_the_folder(tmp_path: Path) -> None:
    Image.new("RGB", (7, 5)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    outcomes = {}
    for case in scan_inputs(tmp_path).cases:
        try:
            outcomes[case["case"]] = read_volume(case["image"]).array.shape
        except AcdMonaiError as error:
            outcomes[case["case"]] = str(error)
    assert outcomes["good"] == (3, 7, 5, 1) and "bad.png" in outcomes["bad"]
    assert_refused(tmp_path / "bad.png", "bad.png", "damaged|no PNG")
