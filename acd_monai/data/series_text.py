"""What may be said of a series: header texts on one line, without the patient."""

from __future__ import annotations

from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.privacy import mentions_patient

__all__ = ["header_text", "series_line"]

_MAX_LENGTH = 40


def header_text(value: str, keys: frozenset[str]) -> str:
    """Make a header's text safe to show.

    Args:
        value: as it stands in the header.
        keys: from :func:`acd_monai.data.privacy.identity_keys`.

    Returns:
        One printable line of at most 40 characters; ``"…"`` when it mentions the patient.
    """
    if mentions_patient(value, keys):
        return "…"
    line = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return line if len(line) <= _MAX_LENGTH else line[: _MAX_LENGTH - 1] + "…"


def series_line(header: SliceHeader, keys: frozenset[str]) -> str:
    """Describe a series in a few words: number, modality and description.

    Args:
        header: any of its slices.
        keys: from :func:`acd_monai.data.privacy.identity_keys`.

    Returns:
        Such as ``"5 (CT, 'Abdomen venous')"``; the UID stands where there is no number.
    """
    if header.series_number is not None:
        name = str(header.series_number)
    else:
        name = "without number" if mentions_patient(header.series, keys) else header.series
    description = header_text(header.series_description, keys)
    details = [header.modality or "no modality", *([f"'{description}'"] if description else [])]
    return f"{name} ({', '.join(details)})"
