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
from acd_monai.data.dicom_cases import DicomCase, DicomEntry, dicom_entries, left_out_files
from acd_monai.data.formats import DICOM_SUFFIXES, FORMATS_READ, file_stem, format_by_name
from acd_monai.data.nifti import count_nifti_volumes
from acd_monai.data.privacy import identity_keys, mask_path
from acd_monai.data.reader import parse_locator
from acd_monai.data.selection import Selection
from acd_monai.data.series_text import series_line
from acd_monai.data.walk import walk_files
from acd_monai.errors import InputError

__all__ = ["NO_SERIES", "OWN_RESULTS", "Scan", "Survey", "find_cases", "scan_inputs", "survey_inputs"]

logger = logging.getLogger(__name__)

OWN_RESULTS = (
    "_anomaly.nii.gz",
    "_anomaly.nrrd",
    "_findings.seg.nrrd",
    "_preview.png",
    "_report.png",
    "_scene_image.nrrd",
    "_timeline.png",
)
"""How the names of volumes and pictures end that we write."""

NO_SERIES = "not DICOM, and a DICOM series was asked for"
"""Why a NIfTI file or a picture is left out where a series is chosen."""

_MOST_LISTED = 20


class Scan(NamedTuple):
    """What was found in the inputs.

    Attributes:
        cases: MONAI sample dicts: ``case`` (unique name), ``image`` (locator for ``StudyReader``) and ``source`` (short
            description without patient data); where there is something to say of the choice, ``notes`` (lines).
        left_out: files that are part of no case, with the reason; paths relative to the input.
    """

    cases: list[dict[str, Any]]
    left_out: list[LeftOut]


class Survey(NamedTuple):
    """All that was found in the inputs, for those who want to know about what is not read, too.

    Attributes:
        cases: as in :class:`Scan`; may be empty.
        left_out: as in :class:`Scan`.
        entries: each DICOM volume, with the name that its case has in ``cases``.
        files: the other image files (NIfTI, NRRD, pictures), each with the names of its cases, none when left out.
    """

    cases: list[dict[str, Any]]
    left_out: list[LeftOut]
    entries: list[tuple[DicomEntry, str]]
    files: list[tuple[Path, list[str]]]


def find_cases(inputs: str | Path | Sequence[str | Path], selection: Selection | None = None) -> list[dict[str, Any]]:
    """List the cases in files and folders; see :func:`scan_inputs`."""
    return scan_inputs(inputs, selection).cases


def scan_inputs(inputs: str | Path | Sequence[str | Path], selection: Selection | None = None) -> Scan:
    """Expand files and folders (searched recursively) into cases.

    NIfTI files give a case for each volume, pictures and videos one each, DICOM one for each volume of each
    series. Localizers, results (SEG, parametric maps, our own ``*_anomaly`` files) and other kinds are left out.

    Args:
        inputs: one or several paths; a path may end in ``#volume=`` or ``#series=``, and is then one case as it is.
        selection: which DICOM series are wanted, see :func:`acd_monai.data.selection.judge_groups`; None: all.

    Returns:
        Cases in natural order, input by input, and what was left out.

    Raises:
        InputError: an input does not exist, or nothing that can be read was found in all of them.
    """
    found = survey_inputs(inputs, selection)
    if not found.cases:
        if selection is not None and selection.series is not None and found.entries:
            raise InputError(_no_such_series(selection, found.entries))
        raise InputError(_nothing_found([str(path) for path in _as_list(inputs)], found.left_out))
    notes = Counter(line for case in found.cases for line in case.get("notes", "").splitlines())
    for line, count in notes.items():
        logger.warning("%d case%s: %s", count, "" if count == 1 else "s", line)
    logger.info("%d cases, %d files left out", len(found.cases), len(found.left_out))
    return Scan(found.cases, found.left_out)


def survey_inputs(inputs: str | Path | Sequence[str | Path], selection: Selection | None = None) -> Survey:
    """Look at files and folders as :func:`scan_inputs` does, and keep what was seen on the way.

    Args:
        inputs: as for :func:`scan_inputs`.
        selection: as for :func:`scan_inputs`.

    Returns:
        Cases, what was left out, and every volume and file behind them; finding nothing is no error here.

    Raises:
        InputError: an input does not exist.
    """
    paths = _as_list(inputs)
    if not paths:
        raise InputError(f"no input given; a file or folder is needed ({FORMATS_READ}).")
    for path in paths:
        place = Path(parse_locator(path).paths[0])
        if not (place.is_file() or place.is_dir()):
            raise InputError(f"{path}: no such file or folder. Check the path.")
    names = CaseNames()
    survey = Survey([], [], [], [])
    taken: dict[str, str] = {}
    for path in paths:
        scan = _scan_one(str(path), survey.left_out, selection)
        for wanted in scan.cases:
            identity = _identity(wanted.locator)
            if identity not in taken:
                taken[identity] = names.take(wanted.name)
                case = {"case": taken[identity], "image": wanted.locator, "source": wanted.source}
                survey.cases.append({**case, "notes": "\n".join(wanted.notes)} if wanted.notes else case)
        for entry in scan.entries:
            survey.entries.append((entry, taken[_identity(entry.case.locator)] if entry.case else ""))
        for file, cases in scan.files:
            survey.files.append((file, [taken[_identity(case.locator)] for case in cases]))
    return survey


class _OneInput(NamedTuple):
    cases: list[DicomCase]
    entries: list[DicomEntry]
    files: list[tuple[Path, list[DicomCase]]]


def _scan_one(text: str, left_out: list[LeftOut], selection: Selection | None) -> _OneInput:
    """Expand one input; what is left out is added to the list."""
    locator = parse_locator(text)
    path = Path(locator.paths[0])
    if locator.volume is not None or locator.series is not None:
        end = "" if locator.volume is None else f"_v{locator.volume:03d}"
        case = DicomCase(f"{file_stem(path.resolve())}{end}", text, path.name + text[len(str(path)) :])
        return _OneInput([case], [], [(path, [case])])
    root = path if path.is_dir() else path.parent
    files: list[tuple[Path, list[DicomCase]]] = []
    rest = []
    for file in walk_files(path) if path.is_dir() else [path]:
        name = _relative(file, root)
        if format_by_name(file) is None:
            rest.append(file)
        elif path.is_dir() and _is_own_result(file):
            left_out.append(LeftOut(name, "written by an earlier run"))
        elif selection is not None and selection.series is not None:
            left_out.append(LeftOut(name, NO_SERIES))
            files.append((file, []))
        else:
            files.append((file, _file_cases(file, name)))
    cases = [case for _, of_file in files for case in of_file]
    scan = scan_dicom(rest)
    keys = identity_keys(scan.headers)
    for item in scan.left_out:
        if path.is_dir() or path.suffix.lower() not in DICOM_SUFFIXES:
            left_out.append(LeftOut(mask_path(_relative(Path(item.path), root), keys), item.reason))
        else:
            cases.append(DicomCase(file_stem(path), str(path), path.name))
            files.append((path, cases[-1:]))
    entries = dicom_entries(scan.headers, root, None if path.is_dir() else file_stem(path), selection)
    left_out += left_out_files(entries, root)
    return _OneInput(cases + [entry.case for entry in entries if entry.case is not None], entries, files)


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


def _is_own_result(file: Path) -> bool:
    """Tell what an earlier run wrote by what else it wrote beside it: the outputs may lie below the inputs."""
    for ending in OWN_RESULTS:
        if file.name.endswith(ending):
            case = file.name.removesuffix(ending)
            beside = [*(other for other in OWN_RESULTS if other != ending), "_summary.json", "_report.pdf"]
            return any(file.with_name(case + other).exists() for other in beside) or _is_listed(file, case)
    return False


def _is_listed(file: Path, case: str) -> bool:
    """Tell whether a run's table of results lies beside the file and has the case."""
    try:
        lines = file.with_name("results.csv").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    return any(line.startswith(f"{case},ok,") for line in lines)


def _as_list(inputs: str | Path | Sequence[str | Path]) -> list[str | Path]:
    """Return one input or many as a list; a folder named 2024 may come as a number from a command line."""
    return list(inputs) if isinstance(inputs, Sequence) and not isinstance(inputs, str) else [str(inputs)]


def _identity(locator: str | list[str]) -> str:
    """Return what makes two locators the same, however their paths are written."""
    paths = [locator] if isinstance(locator, str) else locator
    return "\n".join(str(Path(path).resolve()) for path in paths)


def _relative(file: Path, root: Path) -> str:
    """Return a path below the input, starting with the input folder's name."""
    return (Path(root.resolve().name) / file.relative_to(root)).as_posix() if root != file.parent else file.name


def _no_such_series(selection: Selection, entries: list[tuple[DicomEntry, str]]) -> str:
    """Say which series there are."""
    firsts = [entry.group.slices[0] for entry, _ in entries]
    keys = identity_keys(firsts)
    lines = dict.fromkeys(series_line(header, keys) for header in firsts)
    more = (
        f"; and {len(lines) - _MOST_LISTED} more (`acd-monai inspect` shows all)" if len(lines) > _MOST_LISTED else ""
    )
    return (
        f"no series is or contains {str(selection.series)!r}; a number, UID or part of a description is wanted. "
        f"There are: {'; '.join(list(lines)[:_MOST_LISTED])}{more}"
    )


def _nothing_found(paths: list[str], left_out: list[LeftOut]) -> str:
    """Say what was found instead of an image."""
    where = paths[0] if len(paths) == 1 else f"{len(paths)} inputs"
    if not left_out:
        return f"{where}: the folder is empty. Give a file or folder with images ({FORMATS_READ})."
    reasons = Counter(item.reason for item in left_out).most_common(3)
    said = "; ".join(f"{count} x {reason.rstrip('.')}" for reason, count in reasons)
    return f"{where}: no image found among {len(left_out)} files ({said}). Formats that are read: {FORMATS_READ}."
