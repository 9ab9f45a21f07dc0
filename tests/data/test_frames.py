from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.data.reader import read_volume
from acd_monai.errors import InputError


def colours(height: int = 4, width: int = 6, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, channels)).astype(np.uint8)


def save(path: Path, array: np.ndarray, mode: str | None = None, **options: object) -> Path:
    picture = Image.fromarray(array)
    (picture.convert(mode) if mode else picture).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_rgb(tmp_path: Path, name: str) -> None:
    volume = read_volume(save(tmp_path / name, colours()))
    np.testing.assert_allclose(volume.array[..., 0], colours().transpose(2, 1, 0) / 255, rtol=1e-6)
    assert volume.array.dtype == np.float32 and volume.kind == "frame" and volume.warnings == ()
    np.testing.assert_array_equal(volume.affine, np.diag([-1.0, -1.0, 1.0, 1.0]))


def test_grey_8_and_16_bit(tmp_path: Path) -> None:
    grey = colours()[..., 0]
    np.testing.assert_allclose(read_volume(save(tmp_path / "a.jpg", grey)).array.shape, (1, 6, 4, 1))
    np.testing.assert_allclose(read_volume(save(tmp_path / "a.png", grey)).array[0, ..., 0], grey.T / 255, rtol=1e-6)
    deep = grey.astype(np.uint16) * 257
    for name in ("b.png", "b.tif"):
        volume = read_volume(save(tmp_path / name, deep))
        np.testing.assert_allclose(volume.array[0, ..., 0], deep.T / 65535, rtol=1e-6)


@pytest.mark.parametrize(("mode", "name"), [("P", "a.png"), ("1", "a.png"), ("CMYK", "a.jpg"), ("YCbCr", "a.jpg")])
def test_other_modes_become_rgb(tmp_path: Path, mode: str, name: str) -> None:
    volume = read_volume(save(tmp_path / name, colours(), mode))
    assert volume.array.shape == (3, 6, 4, 1) and 0 <= volume.array.min() <= volume.array.max() <= 1


def test_alpha_is_dropped_and_said_only_where_it_matters(tmp_path: Path) -> None:
    rgba = colours(channels=4)
    rgba[..., 3] = 255
    volume = read_volume(save(tmp_path / "a.png", rgba))
    np.testing.assert_allclose(volume.array[..., 0], rgba[..., :3].transpose(2, 1, 0) / 255, rtol=1e-6)
    assert volume.warnings == ()
    rgba[0, 0, 3] = 7
    assert "transparency dropped" in read_volume(save(tmp_path / "b.png", rgba)).warnings[0]


def test_exif_rotation_is_not_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    volume = read_volume(save(tmp_path / "a.jpg", colours(), exif=exif))
    assert volume.array.shape == (3, 6, 4, 1) and "EXIF orientation 6" in volume.warnings[0]


def test_float_tiff_is_stretched(tmp_path: Path) -> None:
    array = np.array([[-2.0, 0.0], [np.nan, 6.0]], dtype=np.float32)
    volume = read_volume(save(tmp_path / "a.tif", array))
    np.testing.assert_allclose(volume.array[0, ..., 0], [[0, 0], [0.25, 1]])
    assert len(volume.warnings) == 2 and "range -2 to 6" in volume.warnings[1]
    assert read_volume(save(tmp_path / "b.tif", np.ones((2, 2), dtype=np.float32))).array.max() == 0


def test_wrong_extension_is_read_by_content(tmp_path: Path) -> None:
    save(tmp_path / "a.png", colours()).rename(tmp_path / "a.jpg")
    assert read_volume(tmp_path / "a.jpg").array.shape == (3, 6, 4, 1)


def test_what_is_refused(tmp_path: Path) -> None:
    pages = [Image.fromarray(colours()), Image.fromarray(255 - colours())]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "moving.png", save_all=True, append_images=pages[1:])
    whole = save(tmp_path / "whole.png", colours(64, 64)).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    jpeg = save(tmp_path / "whole.jpg", colours(64, 64)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("hello")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    for name, message in [
        ("pages.tif", "2 pages"),
        ("moving.png", "2 pages or animation"),
        ("cut.png", "cut off or damaged"),
        ("cut.jpg", "cut off or damaged"),
        ("empty.png", "empty"),
        ("text.png", "no PNG, JPEG, TIFF or BMP"),
        ("bomb.png", "pixels"),
    ]:
        with pytest.raises(InputError, match=f"{name}: .*{message}"):
            read_volume(tmp_path / name)
