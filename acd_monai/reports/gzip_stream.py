"""Gzip that every reader opens, written by igzip: of a float map as small as zlib's, in a tenth of its time."""

from __future__ import annotations

from typing import BinaryIO

from isal.igzip import IGzipFile

__all__ = ["gzip_stream"]

COMPRESSION_LEVEL = 2
"""Of igzip's 0 to 3; beyond it files hardly become smaller."""


def gzip_stream(file: BinaryIO) -> IGzipFile:
    """Return a stream, to be closed or used with ``with``, that compresses into an open file.

    There is no name and no time in the gzip header: on one machine the same content gives the same bytes. (igzip
    chooses its code by the processor, and some compress a little differently.)
    """
    return IGzipFile(filename="", mode="wb", compresslevel=COMPRESSION_LEVEL, fileobj=file, mtime=0)
