"""Synthetic textures on disk, laid out as MVTec AD is, so that whatever reads MVTec AD reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from acd_monai.data.synthetic.textures import DEFECTS, make_texture
from acd_monai.data.synthetic.whole_folder import refuse_existing, save_picture, whole_folder
from acd_monai.errors import ConfigError

__all__ = ["write_texture_benchmark"]


def write_texture_benchmark(
    folder: Path | str,
    families: Sequence[str],
    normal: int,
    abnormal: int,
    seed: int = 0,
    size: int = 256,
    defects: Sequence[str] = DEFECTS,
) -> tuple[Path, ...]:
    """Write a benchmark: ``<family>/{train/good, test/good, test/<defect>, ground_truth/<defect>}``.

    Pictures are ``000.png``, ``001.png``, … in each folder, masks ``000_mask.png`` with 255 on the defect. No two
    pictures of a family share a texture. A family's folder appears whole or not at all.

    Args:
        folder: made when missing.
        families: of :data:`~acd_monai.data.synthetic.TEXTURE_FAMILIES`.
        normal: pictures without a defect for training, and as many for testing, a family.
        abnormal: pictures with a defect, a family; the kinds of defect take turns.
        seed: of the benchmark; the same arguments give the same files.
        size: height and width, pixels.
        defects: of :data:`~acd_monai.data.synthetic.DEFECTS`, the kinds that take turns.

    Returns:
        The families' folders.

    Raises:
        ConfigError: an unknown family or defect, one twice, or too small a number.
        OutputError: a family's folder is there already, or the folder cannot be written to.
    """
    folder = Path(folder)
    twice = len(set(families)) < len(families) or len(set(defects)) < len(defects)
    if min(normal, abnormal, seed) < 0 or normal + abnormal == 0 or twice or not defects:
        raise ConfigError(
            f"texture benchmark of {normal} normal and {abnormal} abnormal pictures, seed {seed}, families "
            f"{', '.join(families)}, defects {', '.join(defects) or 'none'}; wanted numbers from 0, some pictures, "
            "some kind of defect, and each family and kind once."
        )
    targets = tuple(folder / family for family in families)
    for target in targets:
        refuse_existing(target)
    for family, target in zip(families, targets, strict=True):
        with whole_folder(target) as part:
            _write_family(part, family, normal, abnormal, seed, size, defects)
    return targets


def _write_family(
    folder: Path, family: str, normal: int, abnormal: int, seed: int, size: int, defects: Sequence[str]
) -> None:
    first = seed * (2 * normal + abnormal)
    for index in range(normal):
        for kind, number in (("train", first + index), ("test", first + normal + index)):
            save_picture(make_texture(family, number, size).image, folder / kind / "good" / f"{index:03d}.png")
    for index in range(abnormal):
        defect, number = defects[index % len(defects)], index // len(defects)
        picture = make_texture(family, first + 2 * normal + index, size, defect)
        save_picture(picture.image, folder / "test" / defect / f"{number:03d}.png")
        save_picture(picture.mask, folder / "ground_truth" / defect / f"{number:03d}_mask.png")
