"""The size that a compressed image says of itself, read from its first bytes without decoding it.

Decoders allocate what the codestream declares, whatever the DICOM header says; so the two are compared first. Follows
ISO 10918-1 B.2.2 (JPEG frame header), ISO 14495-1 C.2.2 (JPEG-LS) and ISO 15444-1 A.5.1 (JPEG 2000 SIZ).
"""

from __future__ import annotations

__all__ = ["codestream_size"]

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"
_FRAME_HEADERS = (set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {0xF7}
"""Second bytes of the JPEG markers that carry the size; the three left out are tables."""

_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}
_SEARCHED_BYTES = 4096


def codestream_size(data: bytes) -> tuple[int, int] | None:
    """Return the rows and columns that a JPEG, JPEG-LS or JPEG 2000 codestream declares.

    Args:
        data: a whole codestream, or a JP2 file that holds one.

    Returns:
        ``(rows, columns)``, None where none are declared.
    """
    start = data[:_SEARCHED_BYTES].find(_J2K_START)
    if start >= 0 and not data.startswith(_JPEG_START):
        right, bottom, left, top = (int.from_bytes(data[start + n : start + n + 4], "big") for n in (8, 12, 16, 20))
        return bottom - top, right - left
    return _jpeg_size(data) if data.startswith(_JPEG_START) else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = len(_JPEG_START)
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _FRAME_HEADERS:
            return int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
        elif marker in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
