"""Slices of phantoms on disk, laid out as BMAD (Bao et al. 2024) is, so that whatever reads BMAD reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from acd_monai.data.synthetic.head_slices import draw_head_case, slice_head
from acd_monai.data.synthetic.liver_slices import LiverCase, draw_liver_case, slice_liver
from acd_monai.data.synthetic.phantom_pictures import SlicePicture, check_picture, equalise
from acd_monai.data.synthetic.whole_folder import whole_folder
from acd_monai.errors import ConfigError

__all__ = ["write_head_benchmark", "write_liver_benchmark"]

Case = TypeVar("Case")

SICK_SHARE = 2 / 3
"""Share of the test cases that have lesions; some of their slices are clear of them, as in the real collections."""


def write_head_benchmark(
    folder: Path | str,
    cases: int,
    slices_per_case: int,
    seed: int = 0,
    *,
    train_cases: int = 0,
    size: int = 240,
    contrast: str | None = None,
    stripped: bool | None = None,
) -> Path:
    """Write axial slices of head MRI as ``Brain_AD``, which ``configs/datasets/bmad_brain.json`` reads.

    ``test/{good,Ungood}/{img,label}/<case>_<slice>.png``, half of the slices with a lesion, masks 255 on it; the good
    ones come from healthy heads and from sick ones' levels without a lesion, and lie at levels where lesions lie, so
    that the level tells nothing. ``train/good`` holds slices of other healthy heads. ``Brain_AD`` appears whole or not
    at all.

    Args:
        folder: made when missing.
        cases: heads for testing.
        slices_per_case: of each head.
        seed: of the benchmark; the same arguments give the same files.
        train_cases: healthy heads for training; without, there is no ``train``.
        size: height and width, pixels.
        contrast: of all heads; drawn for each when None.
        stripped: show the brains alone; drawn for each when None.

    Returns:
        The folder ``Brain_AD``.

    Raises:
        ConfigError: too small a number, or an unknown contrast.
        OutputError: ``Brain_AD`` is there already, or cannot be written.
    """
    return _write_benchmark(
        Path(folder) / "Brain_AD",
        (cases, train_cases, slices_per_case, size, seed),
        lambda rng, sick: draw_head_case(rng, sick, contrast, "axial", stripped),
        lambda case, rng, lesion: slice_head(case, rng, size, lesion, likely=True),
    )


def write_liver_benchmark(
    folder: Path | str,
    cases: int,
    slices_per_case: int,
    seed: int = 0,
    *,
    train_cases: int = 0,
    size: int = 256,
    phase: str | None = None,
    liver_only: bool = False,
) -> Path:
    """Write axial slices of abdominal CT as ``Liver_AD``, which ``configs/datasets/bmad_liver.json`` reads.

    Args:
        folder: made when missing.
        cases: abdomens for testing.
        slices_per_case: of each abdomen, half of all with a lesion.
        seed: of the benchmark; the same arguments give the same files.
        train_cases: healthy abdomens for training; without, there is no ``train``.
        size: height and width, pixels.
        phase: of all scans; drawn for each when None.
        liver_only: black out all but the liver and equalise it, as BMAD does.

    Returns:
        The folder ``Liver_AD``.

    Raises:
        ConfigError: too small a number, or an unknown phase.
        OutputError: ``Liver_AD`` is there already, or cannot be written.
    """

    def cut(case: LiverCase, rng: np.random.Generator, lesion: bool) -> SlicePicture | None:
        picture = slice_liver(case, rng, size, lesion, likely=True)
        if picture is None or not liver_only:
            return picture
        return picture._replace(image=equalise(picture.image, picture.organ))

    return _write_benchmark(
        Path(folder) / "Liver_AD",
        (cases, train_cases, slices_per_case, size, seed),
        lambda rng, sick: draw_liver_case(rng, sick, phase, "axial"),
        cut,
    )


def _write_benchmark(
    target: Path,
    numbers: tuple[int, int, int, int, int],
    draw: Callable[[np.random.Generator, bool], Case],
    cut: Callable[[Case, np.random.Generator, bool], SlicePicture | None],
) -> Path:
    cases, train_cases, per_case, size, seed = numbers
    check_picture(seed, size)
    if min(cases, per_case) < 1 or train_cases < 0:
        raise ConfigError(
            f"phantom benchmark of {cases} cases with {per_case} slices each, and {train_cases} for training; "
            "wanted at least one case and one slice, and a number from 0 for training."
        )
    plans = [("test", lesions) for lesions in _plan(cases, per_case)] + [("train", 0)] * train_cases
    with whole_folder(target) as part:
        for case, (split, lesions) in enumerate(tqdm(plans, desc=f"writing {target.name}", unit="case", disable=None)):
            for index, picture in enumerate(_make_case([seed, case], per_case, lesions, draw, cut)):
                _save(part / split, f"{case:04d}_{index:03d}.png", picture)
    return target


def _plan(cases: int, per_case: int) -> list[int]:
    """Return how many slices with a lesion each case gives, so that half of all have one."""
    sick = int(np.ceil(cases * SICK_SHARE))
    each, more = divmod(cases * per_case // 2, sick)
    return [each + (case < more) for case in range(sick)] + [0] * (cases - sick)


def _make_case(
    seed: list[int],
    slices: int,
    lesions: int,
    draw: Callable[[np.random.Generator, bool], Case],
    cut: Callable[[Case, np.random.Generator, bool], SlicePicture | None],
) -> list[SlicePicture]:
    """Make the slices of one case, those with a lesion first."""
    rng = np.random.default_rng(seed)
    while True:
        case = draw(rng, lesions > 0)
        pictures = []
        for index in range(slices):
            picture = cut(case, rng, index < lesions)
            if picture is None:  # a lesion too small, or one wherever the slice may lie: another case
                break
            pictures.append(picture)
        else:
            return pictures


def _save(split: Path, name: str, picture: SlicePicture) -> None:
    kind = split / ("Ungood" if picture.mask.any() else "good")
    layers = {kind / "img": picture.image, kind / "label": picture.mask.astype(np.uint8) * 255}
    if split.name == "train":
        layers = {kind: picture.image}
    for place, pixels in layers.items():
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / name)
