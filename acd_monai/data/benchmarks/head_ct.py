"""Head CT (Kitamura 2018): ``head_ct/NNN.png``, and ``labels.csv`` with number and label. No pixel labels."""

from __future__ import annotations

import csv
from pathlib import Path

from acd_monai.data.benchmarks.folders import find_folder, image_files
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample, named_few
from acd_monai.data.formats import file_stem
from acd_monai.errors import InputError

__all__ = ["read_head_ct"]

_LABELS = {"0": NORMAL, "1": ABNORMAL}


def read_head_ct(root: Path, split: str, class_name: str) -> list[Sample]:
    """List the pictures in the order of their numbers.

    Args:
        root: the folder of the pictures (or one above); the table lies in it or beside it.
        split: there is a test split only.
        class_name: of all images.

    Raises:
        InputError: table or pictures are missing, damaged, or do not belong together.
    """
    table = next((place / "labels.csv" for place in (root, root.parent) if (place / "labels.csv").is_file()), None)
    if table is None:
        raise InputError(f"{root}: labels.csv is neither in it nor beside it. Give the folder of the download.")
    labels = _read_labels(table)
    images = {file_stem(path): path for path in image_files(find_folder(root, "head_ct") or root)}
    numbered = {int(stem): path for stem, path in images.items() if stem.isdecimal()}
    alone = [f"{number:03d}" for number in labels.keys() ^ numbered.keys()]
    if alone:
        raise InputError(
            f"{table}: label or picture is missing for {named_few(sorted(alone))}; wanted both for each number. "
            "Copy the download again."
        )
    return [Sample(path, labels[number], class_name, None, file_stem(path)) for number, path in numbered.items()]


def _read_labels(table: Path) -> dict[int, int]:
    labels = {}
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            for line, row in enumerate(csv.reader(file), start=1):
                cells = [cell.strip() for cell in row]
                if not any(cells) or line == 1:
                    continue
                if len(cells) < 2 or not cells[0].isdecimal() or cells[1] not in _LABELS:
                    raise InputError(f"{table}, line {line}: {row}; wanted a number and 0 or 1. Copy the table again.")
                labels[int(cells[0])] = _LABELS[cells[1]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: cannot be read as a table ({error}). Copy it again.") from error
    return labels
