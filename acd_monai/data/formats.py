"""Which formats are read, told by a file's name and, for DICOM, by its first bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from acd_monai.errors import InputError

__all__ = ["DICOM_SUFFIXES", "FORMATS_READ", "Format", "file_stem", "format_by_name", "sniff_format"]

Format = Literal["dicom", "nifti", "itk", "frame", "video"]

FORMATS_READ = (
    "DICOM, NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha, .mhd), PNG, JPEG, TIFF, BMP, video (.mp4, .mov, .avi)"
)
"""For messages."""

DICOM_SUFFIXES = {".dcm", ".dicom", ".ima", ""}
"""Endings under which a file is taken for DICOM even when its content is not."""

_BY_SUFFIX: dict[str, Format] = {
    ".nii.gz": "nifti",
    ".nii": "nifti",
    ".nrrd": "itk",
    ".mha": "itk",
    ".mhd": "itk",
    ".png": "frame",
    ".jpg": "frame",
    ".jpeg": "frame",
    ".tif": "frame",
    ".tiff": "frame",
    ".bmp": "frame",
    ".mp4": "video",
    ".m4v": "video",
    ".mov": "video",
    ".avi": "video",
}


def format_by_name(path: Path) -> Format | None:
    """Return the format that a file's ending stands for, None when it stands for none (or for DICOM)."""
    name = path.name.lower()
    return next((kind for suffix, kind in _BY_SUFFIX.items() if name.endswith(suffix)), None)


def file_stem(path: Path) -> str:
    """Return a file's name without the ending that tells its format.

    Example:
        >>> file_stem(Path("a/b.v2.nii.gz"))
        'b.v2'
    """
    name = path.name
    suffix = next((s for s in (*_BY_SUFFIX, *DICOM_SUFFIXES - {""}) if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)]


def sniff_format(path: Path) -> Format:
    """Tell a file's format.

    Args:
        path: a file that exists.

    Returns:
        ``"dicom"`` where the content says so or the name says nothing else; otherwise by the name.

    Raises:
        InputError: no format that is read, or the file cannot be opened.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(132)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read ({error.strerror or type(error).__name__}).") from error
    if start[128:132] == b"DICM":
        return "dicom"
    by_name = format_by_name(path)
    if by_name is not None:
        return by_name
    if path.suffix.lower() in DICOM_SUFFIXES or start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08"):
        return "dicom"
    if not path.suffix[1:].isalpha():  # names such as CT.1.2.840.10008 end in a number
        return "dicom"
    raise InputError(f"{path.name}: not a format that is read. Give one of {FORMATS_READ}.")
