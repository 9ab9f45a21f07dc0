"""VisA (Zou et al. 2022): ``split_csv/1cls.csv`` says which image is in which split.

Without it there are two more trees: the one that VisA's script makes of it, laid out like MVTec-AD, and the download as
it is, ``<class>/Data/{Images/{Normal,Anomaly},Masks/Anomaly}``, of which all images are taken as the test split.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder, sub_folders
from acd_monai.data.benchmarks.listed_files import check_there, path_below
from acd_monai.data.benchmarks.mvtec import find_objects, read_mvtec
from acd_monai.data.benchmarks.pairing import samples_in
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample
from acd_monai.data.formats import file_stem
from acd_monai.errors import InputError

__all__ = ["read_visa"]

_LABELS = {"normal": NORMAL, "anomaly": ABNORMAL}


def read_visa(root: Path, split: str, class_name: str = "") -> list[Sample]:
    """List the images of one split.

    Args:
        root: the folder of the classes.
        split: ``"train"`` or ``"test"``.
        class_name: not used: table and folders say it.

    Raises:
        InputError: none of the three trees; the table is damaged or names files that are not there.
    """
    tables = find_folder(root, "split_csv")
    if tables is not None and (tables / "1cls.csv").is_file():
        return _read_table(root, tables / "1cls.csv", split)
    if find_objects(root, split):
        return read_mvtec(root, split)
    objects = [folder for folder in sub_folders(root) if find_folder(folder, "Data")]
    if split != "test" or not objects:
        raise InputError(f"{root}: split_csv/1cls.csv is not there to tell the {split} split. Copy the whole download.")
    return [sample for folder in objects for sample in _read_object(root, folder)]


def _read_table(root: Path, table: Path, split: str) -> list[Sample]:
    samples = []
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                if row.get("split") == split:
                    samples.append(_sample(root, row, f"{table.name}, line {number}"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: cannot be read as a table ({error}). Copy it again.") from error
    files = [sample.image for sample in samples] + [sample.mask for sample in samples if sample.mask]
    check_there(files, root, table.name)
    return samples


def _sample(root: Path, row: Mapping[str, str | None], where: str) -> Sample:
    label = _LABELS.get(row.get("label") or "")
    image = path_below(root, row.get("image") or "")
    named_mask = row.get("mask")
    mask = path_below(root, named_mask) if named_mask else None
    if label is None or image is None or not row.get("object") or (named_mask and mask is None):
        raise InputError(
            f"{where}: {dict(row)}; wanted object, split, label (normal or anomaly), image and mask below {root}. "
            "Copy the table again."
        )
    case = (image.parent.relative_to(root) / file_stem(image)).as_posix()
    return Sample(image, label, str(row["object"]), mask, case)


def _read_object(root: Path, folder: Path) -> list[Sample]:
    data = find_folder(folder, "Data")
    images = find_folder(data, "Images") if data else None
    masks = find_folder(data, "Masks") if data else None
    samples = []
    for name, label in (("Normal", NORMAL), ("Anomaly", ABNORMAL)):
        kind = find_folder(images, name) if images else None
        if kind is not None:
            samples += samples_in(kind, root, label, folder.name, find_folder(masks, name) if masks else None)
    return samples
