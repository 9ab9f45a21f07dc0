"""What igzip writes is plain gzip."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from acd_monai.reports.gzip_stream import gzip_stream


def test_any_gzip_reader_opens_it_behind_what_was_written_before(tmp_path: Path) -> None:
    content = np.random.default_rng(0).integers(0, 9, 3_000_000, dtype=np.uint8).tobytes()
    with (tmp_path / "a name.gz").open("wb") as file:
        file.write(b"head")
        with gzip_stream(file) as stream:
            stream.write(content[:1000])
            stream.write(content[1000:])
    stored = (tmp_path / "a name.gz").read_bytes()
    assert stored[:4] == b"head" and gzip.decompress(stored[4:]) == content
    assert len(stored) < 0.6 * len(content)


def test_neither_name_nor_time_is_in_the_header(tmp_path: Path) -> None:
    with (tmp_path / "patient.gz").open("wb") as file, gzip_stream(file) as stream:
        stream.write(b"x")
    stored = (tmp_path / "patient.gz").read_bytes()
    assert stored[:4] == b"\x1f\x8b\x08\x00" and stored[4:8] == bytes(4)
    assert b"patient" not in stored
