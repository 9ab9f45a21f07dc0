"""Arrays come back as they were, under their own key alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from acd_monai.data.kept_arrays import KeptArrays
from acd_monai.errors import RunStoppedError


def test_arrays_come_back_under_their_key(tmp_path: Path) -> None:
    kept = KeptArrays(tmp_path / "new")
    assert kept.read(("a", 1)) is None
    kept.write(("a", 1), {"x": np.arange(3, dtype=np.float32), "y": np.array("words")})
    found = kept.read(("a", 1))
    assert found is not None and found["x"].tolist() == [0, 1, 2] and str(found["y"]) == "words"
    assert kept.read(("a", 2)) is None
    assert [path.suffix for path in (tmp_path / "new").iterdir()] == [".npz"]


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunStoppedError, match="cannot keep prepared images"):
        KeptArrays(tmp_path / "file").write("key", {"x": np.zeros(1)})
