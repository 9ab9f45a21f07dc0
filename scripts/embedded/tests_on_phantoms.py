"""Test sets out of seeds that no training sees, as the benchmark layouts have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acd_monai.data.synthetic import (
    write_head_benchmark,
    write_liver_benchmark,
    write_oct_benchmark,
    write_polyp_benchmark,
    write_texture_benchmark,
)
from embedded.pictures import HELD_OUT_FAMILIES, HELD_OUT_SEEDS

__all__ = ["PHANTOM_TESTS", "PhantomTest"]


class PhantomTest(NamedTuple):
    """A test.

    Attributes:
        title: for tables.
        domain, dataset: as the command line calls them.
        write: makes about ``cases`` pictures in a folder, half of them abnormal, and returns the data set's root.
    """

    title: str
    domain: str
    dataset: str
    write: Callable[[Path, int], Path]


def _write_head(folder: Path, cases: int) -> Path:
    return write_head_benchmark(folder, cases // 4, 4, HELD_OUT_SEEDS).parent


def _write_brain(folder: Path, cases: int) -> Path:
    return write_head_benchmark(folder, cases // 4, 4, HELD_OUT_SEEDS + 1, stripped=True).parent


def _write_abdomen(folder: Path, cases: int) -> Path:
    return write_liver_benchmark(folder, cases // 4, 4, HELD_OUT_SEEDS).parent


def _write_liver(folder: Path, cases: int) -> Path:
    return write_liver_benchmark(folder, cases // 4, 4, HELD_OUT_SEEDS + 1, liver_only=True).parent


def _write_retina(folder: Path, cases: int) -> Path:
    write_oct_benchmark(folder, cases // 2, cases // 2, seed=HELD_OUT_SEEDS)
    return folder


def _write_polyps(folder: Path, cases: int) -> Path:
    write_polyp_benchmark(folder, cases // 2, cases // 2, seed=HELD_OUT_SEEDS, name="polyps")
    return folder / "polyps"


def _write_industrial(folder: Path, cases: int) -> Path:
    each = cases // 2 // len(HELD_OUT_FAMILIES)
    write_texture_benchmark(folder, HELD_OUT_FAMILIES, each, each, HELD_OUT_SEEDS)
    return folder


PHANTOM_TESTS = {
    "head_mri": PhantomTest("head MRI", "brain_mri", "bmad_brain", _write_head),
    "brain_alone": PhantomTest("head MRI, brain alone", "brain_mri", "bmad_brain", _write_brain),
    "liver_ct": PhantomTest("liver CT", "liver_ct", "bmad_liver", _write_abdomen),
    "liver_alone": PhantomTest("liver CT, liver alone", "liver_ct", "bmad_liver", _write_liver),
    "retina_oct": PhantomTest("retina OCT", "retina_oct", "bmad_retina", _write_retina),
    "polyps": PhantomTest("polyps", "colonoscopy", "folder", _write_polyps),
    "industrial": PhantomTest("unseen industrial families", "industrial", "folder", _write_industrial),
}
