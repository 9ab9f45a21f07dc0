"""How much a deflated file may unpack to: believed before anything is allocated, and only within bounds.

Deflate reaches at most 1032 to 1. Images that are not blank stay far below that, so a large file that claims to be
mostly nothing is taken for a decompression bomb.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from acd_monai.errors import InputError

__all__ = ["MAX_DEFLATE_RATIO", "check_deflated_dicom", "unpacked_limit"]

MAX_DEFLATE_RATIO = 1032
"""No deflated file unpacks to more than this many times its size."""

BELIEVED_BYTES = 2**26
"""Files that unpack to less than this (64 MiB) are believed whatever their ratio."""

USUAL_RATIO = 200
"""Larger ones may unpack to at most this many times their stored size."""

_CHUNK = 2**20


def unpacked_limit(stored: int) -> int:
    """Return how many bytes a deflated file of ``stored`` bytes may unpack to.

    Example:
        >>> unpacked_limit(1000), unpacked_limit(10**6) == 200 * 10**6
        (1032000, True)
    """
    return max(min(stored * MAX_DEFLATE_RATIO, BELIEVED_BYTES), stored * USUAL_RATIO)


def check_deflated_dicom(path: Path, has_preamble: bool) -> None:
    """Inflate a deflated DICOM file piece by piece, keeping nothing, and stop where it grows beyond belief.

    pydicom inflates such a file whole, even where only the header is asked for. Files of other transfer syntaxes, and
    damaged ones (pydicom names those), pass.

    Args:
        path: a DICOM file.
        has_preamble: whether 128 bytes and ``DICM`` come first.

    Raises:
        InputError: the file unpacks to more than :func:`unpacked_limit`.
    """
    with path.open("rb") as stream:
        if not _is_deflated(stream, 132 if has_preamble else 0):
            return
        stored = path.stat().st_size
        limit = unpacked_limit(stored)
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        unpacked = 0
        while not inflater.eof and (piece := inflater.unconsumed_tail or stream.read(_CHUNK)):
            try:
                unpacked += len(inflater.decompress(piece, _CHUNK))
            except zlib.error:
                return
            if unpacked > limit:
                raise InputError(
                    f"{path.name}: its {stored} bytes unpack to more than {limit} (decompression bomb?). "
                    "Export the file again, not deflated."
                )


def _is_deflated(stream: BinaryIO, start: int) -> bool:
    """Read the file meta group as pydicom does; leaves the stream behind it."""
    for implicit in (False, True):
        stream.seek(start)
        try:
            meta = read_dataset(stream, implicit, True, stop_when=_behind_meta)
            return str(meta.get("TransferSyntaxUID")) == DeflatedExplicitVRLittleEndian
        except Exception:  # a parser fed with junk raises many types; pydicom's own reading of the file will say which
            continue
    return False


def _behind_meta(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag >> 16 != 2
