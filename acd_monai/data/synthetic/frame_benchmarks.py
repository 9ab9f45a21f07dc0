"""Synthetic retinas and colons on disk, laid out as the published data sets are, so that their readers read them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from acd_monai.data.synthetic.colonoscopy import make_colonoscopy
from acd_monai.data.synthetic.retina_oct import make_retina_oct
from acd_monai.data.synthetic.whole_folder import save_picture, whole_folder
from acd_monai.errors import ConfigError

__all__ = ["write_oct_benchmark", "write_polyp_benchmark"]

SEEDS_APART = 1_000_000
"""Picture seeds from one benchmark seed to the next."""


def write_oct_benchmark(
    folder: Path | str,
    normal: int,
    abnormal: int,
    *,
    train: int = 0,
    valid: int = 0,
    seed: int = 0,
    size: int | tuple[int, int] = 256,
    abnormal_kind: bool | str = True,
) -> Path:
    """Write ``Retina_RESC_AD`` as BMAD does: ``train/good``, ``valid`` and ``test/{good,Ungood}/{img,label}``.

    ``acd-monai evaluate bmad_retina --data FOLDER`` reads it. Pictures are ``<case>_0.png``, each an eye of its own;
    masks have the same names, with 255 where it is ill.

    Args:
        folder: made when missing; ``Retina_RESC_AD`` in it appears whole or not at all.
        normal: healthy pictures for testing.
        abnormal: ill ones for testing.
        train: healthy pictures for training.
        valid: healthy pictures for validation, and as many ill ones.
        seed: of the benchmark; the same arguments give the same files. No two seeds share an eye.
        size: height and width, pixels, or both at once.
        abnormal_kind: see :func:`~acd_monai.data.synthetic.make_retina_oct`.

    Returns:
        The folder that was made.

    Raises:
        ConfigError: numbers below 0, no pictures, a size below 64, an unknown lesion.
        OutputError: it is there already, or cannot be written to.
    """
    parts = {
        ("train", "good"): train,
        ("valid", "good"): valid,
        ("valid", "Ungood"): valid,
        ("test", "good"): normal,
        ("test", "Ungood"): abnormal,
    }
    number = _first_seed("OCT", parts.values(), seed)
    target = Path(folder) / "Retina_RESC_AD"
    with whole_folder(target) as part:
        for (split, kind), count in parts.items():
            for _ in tqdm(range(count), desc=f"{split}/{kind}", unit="picture", leave=False, disable=None):
                picture = make_retina_oct(number, size, abnormal_kind if kind == "Ungood" else False)
                name = f"{number:06d}_0.png"
                if split == "train":
                    save_picture(picture.image, part / split / kind / name)
                else:
                    save_picture(picture.image, part / split / kind / "img" / name)
                    save_picture(picture.mask, part / split / kind / "label" / name)
                number += 1
    return target


def write_polyp_benchmark(
    folder: Path | str,
    abnormal: int,
    normal: int = 0,
    *,
    seed: int = 0,
    size: int = 256,
    polyp: bool | str = True,
    name: str = "CVC-ColonDB",
) -> Path:
    """Write a benchmark as CVC-ColonDB, ClinicDB, Kvasir and CVC-300: ``images/N.png`` and ``masks/N.png``.

    ``acd-monai evaluate colondb --data FOLDER`` reads it. The published sets have no frame without a polyp; with
    ``normal`` frames, which have no mask, it is a folder of one's own:
    ``acd-monai evaluate folder --domain colonoscopy --data FOLDER/NAME``.

    Args:
        folder: made when missing; ``name`` in it appears whole or not at all.
        abnormal: frames with a polyp.
        normal: frames without one.
        seed: of the benchmark; the same arguments give the same files. No two seeds share a colon.
        size: height and width, pixels.
        polyp: see :func:`~acd_monai.data.synthetic.make_colonoscopy`.
        name: of the folder, as the data set's is called: ``CVC-ColonDB``, ``CVC-ClinicDB``, ``CVC-300``, ``Kvasir``.

    Returns:
        The folder that was made.

    Raises:
        ConfigError: numbers below 0, no pictures, a size below 64, an unknown polyp.
        OutputError: it is there already, or cannot be written to.
    """
    first = _first_seed("polyp", (abnormal, normal), seed)
    target = Path(folder) / name
    with whole_folder(target) as part:
        for index in tqdm(range(abnormal + normal), desc="frames", unit="picture", leave=False, disable=None):
            picture = make_colonoscopy(first + index, size, polyp if index < abnormal else False)
            save_picture(picture.image, part / "images" / f"{index + 1}.png")
            if index < abnormal:
                save_picture(picture.mask, part / "masks" / f"{index + 1}.png")
    return target


def _first_seed(what: str, counts: Iterable[int], seed: int) -> int:
    numbers = list(counts)
    if min(*numbers, seed) < 0 or not 0 < sum(numbers) <= SEEDS_APART:
        raise ConfigError(
            f"{what} benchmark of {', '.join(map(str, numbers))} pictures, seed {seed}; wanted numbers from 0, "
            f"some pictures, at most {SEEDS_APART}."
        )
    return seed * SEEDS_APART
