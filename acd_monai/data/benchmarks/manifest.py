"""Manifests: a list of samples as JSON lines, in the format of the ACD-CLIP authors.

Each line is ``{"image_path", "label", "class_name", "mask_path"?, "case"?}``, paths relative to the data root, with
forward slashes. An abnormal volume needs a mask. Other keys are ignored.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from acd_monai.data.benchmarks.listed_files import check_there, path_below
from acd_monai.data.benchmarks.sample import ABNORMAL, NORMAL, Sample, named_few
from acd_monai.data.formats import file_stem, format_by_name
from acd_monai.errors import InputError

__all__ = ["read_manifest", "write_manifest"]

_LABELS = {0: NORMAL, 1: ABNORMAL, "0": NORMAL, "1": ABNORMAL}
_LINE = '{"image_path": "a/b.png", "label": 0 or 1, "class_name": "text", "mask_path": "a/m.png" or none}'


def read_manifest(path: str | Path, root: str | Path) -> list[Sample]:
    """Read a manifest.

    Args:
        path: the file; blank lines are skipped.
        root: the data root. Absolute paths are taken where they lie below it.

    Returns:
        Samples in the order of the file. Without ``"case"`` each is a case of its own, named by its path.

    Raises:
        InputError: the file cannot be read or is empty, a line is not what it should be, files are not there, or an
            image is named twice.
    """
    path, root = Path(path), Path(os.path.abspath(root))
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read as UTF-8 text ({error}). Check the path, or save it again."
        ) from error
    samples = [
        _sample(line, root, f"{path.name}, line {number}") for number, line in enumerate(lines, start=1) if line.strip()
    ]
    if not samples:
        raise InputError(f"{path}: the manifest is empty; wanted lines such as {_LINE}.")
    check_there([s.image for s in samples] + [s.mask for s in samples if s.mask], root, path.name)
    twice = [name for name, count in Counter(_relative(sample.image, root) for sample in samples).items() if count > 1]
    if twice:
        raise InputError(
            f"{path.name}: named more than once: {named_few(twice)}; wanted a line for each image, as each counts "
            "once. Remove the others."
        )
    return samples


def write_manifest(samples: Iterable[Sample], path: str | Path, root: str | Path) -> None:
    """Write a manifest from which :func:`read_manifest` reads the same samples.

    Args:
        samples: written in their order.
        path: the file, written as it is: whoever wants it whole or not at all gives the path of a part.
        root: the data root, above all files.

    Raises:
        InputError: a file does not lie below the root.
    """
    root = Path(os.path.abspath(root))
    lines = [json.dumps(_record(sample, root), ensure_ascii=False) for sample in samples]
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _sample(line: str, root: Path, where: str) -> Sample:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: {line.strip()[:80]!r} is no JSON; wanted {_LINE}. Mend the line.") from error
    if not isinstance(record, dict):
        raise InputError(f"{where}: {line.strip()[:80]!r}; wanted {_LINE}. Mend the line.")
    label, class_name = record.get("label"), record.get("class_name")
    if isinstance(label, bool) or not isinstance(label, (int, float, str)) or label not in _LABELS:
        raise InputError(f"{where}: label {label!r}; wanted 0 (normal) or 1 (abnormal). Mend the line.")
    if not isinstance(class_name, str) or not class_name.strip():
        raise InputError(f"{where}: class_name {class_name!r}; wanted what the image shows, as text. Mend the line.")
    image = _path(record, "image_path", root, where)
    mask = _path(record, "mask_path", root, where) if record.get("mask_path") not in (None, "") else None
    if mask is None and _LABELS[label] == ABNORMAL and format_by_name(image) != "frame":
        raise InputError(
            f"{where}: {image.name} is an abnormal volume without mask_path; wanted one, as the mask tells which of "
            "its slices are abnormal. Add it."
        )
    case = record.get("case")
    if case is not None and (not isinstance(case, str) or not case):
        raise InputError(
            f"{where}: case {case!r}; wanted text, the same for images that belong together. Mend the line."
        )
    return Sample(image, _LABELS[label], class_name, mask, case or _own_case(image, root))


def _path(record: dict[str, Any], key: str, root: Path, where: str) -> Path:
    text = record.get(key)
    path = path_below(root, text) if isinstance(text, str) and text else None
    if path is None:
        raise InputError(f"{where}: {key} {text!r}; wanted a path below {root}, relative to it. Mend the line.")
    return path


def _record(sample: Sample, root: Path) -> dict[str, Any]:
    record: dict[str, Any] = {
        "image_path": _relative(sample.image, root),
        "label": sample.label,
        "class_name": sample.class_name,
    }
    if sample.mask is not None:
        record["mask_path"] = _relative(sample.mask, root)
    return record if sample.case == _own_case(sample.image, root) else {**record, "case": sample.case}


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError as error:
        raise InputError(
            f"{path}: not below the data root {root}, as a manifest needs it. Choose another root."
        ) from error


def _own_case(image: Path, root: Path) -> str:
    """Return the case of an image that belongs to no other: its path without the ending."""
    return _relative(image.with_name(file_stem(image)), root)
