"""Small volumes for runs over many cases."""

from __future__ import annotations

import csv
from pathlib import Path

import nibabel as nib
import numpy as np


def make_volume(path: Path, seed: int, shape: tuple[int, int, int] = (24, 20, 3)) -> None:
    array = np.random.default_rng(seed).random(shape, dtype=np.float32)
    nib.save(nib.Nifti1Image(array, np.diag((2.0, 2.0, 4.0, 1.0))), path)


def make_cohort(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for index in range(count):
        make_volume(folder / f"case{index}.nii.gz", index)
    return folder


def maps_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*_anomaly.nii.gz"))}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def times_of(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.name != "results.csv"}


def rows_without_seconds(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        return [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
