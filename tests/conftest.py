"""Studies that several tests read."""

from __future__ import annotations

from pathlib import Path

import pytest

from acd_monai.data.synthetic import HeadPhantom, make_head_mri, write_mr_series


@pytest.fixture(scope="session")
def head() -> HeadPhantom:
    return make_head_mri(seed=1, shape=(48, 40, 8), spacing=(4.5, 6.0, 22.0))


@pytest.fixture(scope="session")
def head_study(head: HeadPhantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("head study")
    write_mr_series(head.volume, head.affine, folder)
    return folder
