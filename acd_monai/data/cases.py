"""From files and folders to cases: one for each volume and each picture, with a safe name and what to read.

Only headers are read here. What turns out unreadable later is still a case: it fails by its name and the others go on.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from acd_monai.data.case_names import CaseNames
from acd_monai.data.dicom import LeftOut, scan_dicom
from acd_monai.data.dicom_cases import DicomCase, dicom_cases
from acd_monai.data.formats import DICOM_SUFFIXES, FORMATS_READ, file_stem, format_by_name
from acd_monai.data.nifti import count_nifti_volumes
from acd_monai.data.privacy import identity_keys, mask_path
from acd_monai.data.reader import parse_locator
from acd_monai.data.walk import walk_files
from acd_monai.errors import InputError

__all__ = ["OWN_RESULT_SUFFIX", "Scan", "find_cases", "scan_inputs"]

logger = logging.getLogger(__name__)

OWN_RESULT_SUFFIX = "_anomaly"
"""Files whose stem ends like this are maps that we wrote."""


class Scan(NamedTuple):
    """What was found in the inputs.

    Attributes:
        cases: MONAI sample dicts: ``case`` (unique name), ``image`` (locator for ``StudyReader``) and ``source`` (short
            description without patient data).
        left_out: files that are part of no case, with the reason; paths relative to the input.
    """

    cases: list[dict[str, Any]]
    left_out: list[LeftOut]


def find_cases(inputs: str | Path | Sequence[str | Path]) -> list[dict[str, Any]]:
    """List the cases in files and folders; see :func:`scan_inputs`."""
    return scan_inputs(inputs).cases


def scan_inputs(inputs: str | Path | Sequence[str | Path]) -> Scan:
    """Expand files and folders (searched recursively) into cases.

    NIfTI files give a case for each volume, pictures and videos one each, DICOM one for each volume of each
    series. Localizers, results (SEG, parametric maps, our own ``*_anomaly`` files) and other kinds are left out.

    Args:
        inputs: one or several paths; a path may end in ``#volume=`` or ``#series=``, and is then one case as it is.

    Returns:
        Cases in natural order, input by input, and what was left out.

    Raises:
        InputError: an input does not exist, or nothing that can be read was found in all of them.
    """
    paths = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
    if not paths:
        raise InputError(f"no input given; a file or folder is needed ({FORMATS_READ}).")
    for path in paths:
        if not Path(parse_locator(path).paths[0]).exists():
            raise InputError(f"{path}: no such file or folder. Check the path.")
    names = CaseNames()
    cases: list[dict[str, Any]] = []
    left_out: list[LeftOut] = []
    seen: set[str] = set()
    for path in paths:
        for name, locator, source in _scan_one(str(path), left_out):
            identity = _identity(locator)
            if identity not in seen:
                seen.add(identity)
                cases.append({"case": names.take(name), "image": locator, "source": source})
    if not cases:
        raise InputError(_nothing_found([str(path) for path in paths], left_out))
    logger.info("%d cases, %d files left out", len(cases), len(left_out))
    return Scan(cases, left_out)


def _scan_one(text: str, left_out: list[LeftOut]) -> list[DicomCase]:
    """Expand one input; what is left out is added to the list."""
    locator = parse_locator(text)
    path = Path(locator.paths[0])
    if locator.volume is not None or locator.series is not None:
        end = "" if locator.volume is None else f"_v{locator.volume:03d}"
        return [DicomCase(f"{file_stem(path.resolve())}{end}", text, path.name + text[len(str(path)) :])]
    root = path if path.is_dir() else path.parent
    files = list(walk_files(path)) if path.is_dir() else [path]
    found: list[DicomCase] = []
    rest = []
    for file in files:
        if format_by_name(file) is None:
            rest.append(file)
        elif path.is_dir() and file_stem(file).endswith(OWN_RESULT_SUFFIX):
            left_out.append(LeftOut(_relative(file, root), "an anomaly map that was written by an earlier run"))
        else:
            found += _file_cases(file, _relative(file, root))
    scan = scan_dicom(rest)
    keys = identity_keys(scan.headers)
    for item in scan.left_out:
        if path.is_dir() or path.suffix.lower() not in DICOM_SUFFIXES:
            left_out.append(LeftOut(mask_path(_relative(Path(item.path), root), keys), item.reason))
        else:
            found.append(DicomCase(file_stem(path), str(path), path.name))
    cases, series_left_out = dicom_cases(scan.headers, root, None if path.is_dir() else file_stem(path))
    left_out += series_left_out
    return found + cases


def _file_cases(file: Path, source: str) -> list[DicomCase]:
    """Return a file's cases: several for 4-D NIfTI, one otherwise (also when it turns out not to be readable)."""
    stem = file_stem(file)
    count = 1
    if format_by_name(file) == "nifti":
        try:
            count = count_nifti_volumes(file)
        except InputError as error:
            logger.debug("volumes not counted: %s", error)
    if count == 1:
        return [DicomCase(stem, str(file), source)]
    return [
        DicomCase(f"{stem}_v{index:03d}", f"{file}#volume={index}", f"{source} (volume {index} of {count})")
        for index in range(count)
    ]


def _identity(locator: str | list[str]) -> str:
    """Return what makes two locators the same, however their paths are written."""
    paths = [locator] if isinstance(locator, str) else locator
    return "\n".join(str(Path(path).resolve()) for path in paths)


def _relative(file: Path, root: Path) -> str:
    """Return a path below the input, starting with the input folder's name."""
    return (Path(root.resolve().name) / file.relative_to(root)).as_posix() if root != file.parent else file.name


def _nothing_found(paths: list[str], left_out: list[LeftOut]) -> str:
    """Say what was found instead of an image."""
    where = paths[0] if len(paths) == 1 else f"{len(paths)} inputs"
    if not left_out:
        return f"{where}: the folder is empty. Give a file or folder with images ({FORMATS_READ})."
    reasons = Counter(item.reason for item in left_out).most_common(3)
    said = "; ".join(f"{count} x {reason.rstrip('.')}" for reason, count in reasons)
    return f"{where}: no image found among {len(left_out)} files ({said}). Formats that are read: {FORMATS_READ}."
