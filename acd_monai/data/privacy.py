"""Keeping the patient's name and ID out of what we name, write and say."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from acd_monai.data.dicom_header import SliceHeader

__all__ = ["identity_keys", "mask_path", "mentions_patient", "study_alias"]

_MIN_LENGTH = 3


def identity_keys(headers: Iterable[SliceHeader]) -> frozenset[str]:
    """Collect what must not appear: patient IDs and the parts of names, of three characters or more.

    Args:
        headers: DICOM headers of any number of patients.

    Returns:
        Normalised strings for :func:`mentions_patient`.
    """
    values = {value for header in headers for value in header.identity}
    return frozenset(key for value in values if len(key := _normalise(value)) >= _MIN_LENGTH)


def mentions_patient(name: str, keys: Iterable[str]) -> bool:
    """Tell whether a name holds one of the keys, whatever its case, accents and separators."""
    plain = _normalise(name)
    return any(key in plain for key in keys)


def mask_path(path: str, keys: frozenset[str]) -> str:
    """Replace the parts of a path that mention a patient by ``…``.

    Args:
        path: separated by ``/``.
        keys: from :func:`identity_keys`.

    Returns:
        The path, safe to show.
    """
    return "/".join("…" if mentions_patient(part, keys) else part for part in path.split("/"))


def study_alias(header: SliceHeader) -> str:
    """Name a study by eight hexadecimal digits of its UID's SHA-256.

    Args:
        header: any slice of the study; the series or instance stands in where the study's UID is empty.

    Returns:
        ``"study-1a2b3c4d"``.
    """
    uid = header.study or header.series or header.instance
    return "study-" + hashlib.sha256(uid.encode()).hexdigest()[:8]


def _normalise(text: str) -> str:
    """Drop accents, case and everything but letters and digits."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if c.isalnum()).casefold()
