"""A folder as volumes and a report."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from acd_monai.data import read_study
from acd_monai.data.synthetic import HeadPhantom
from acd_monai.errors import InputError


def test_volumes_and_everything_left_out(head: HeadPhantom, head_study: Path, tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.ones((3, 4, 5, 2), dtype=np.float32), np.eye(4)), tmp_path / "series.nii.gz")
    (tmp_path / "broken.nii").write_bytes(b"not a volume")
    (tmp_path / "notes.txt").write_text("no image")
    study = read_study([head_study, tmp_path])
    assert list(study.volumes) == ["head_study0_s1", "series_v000", "series_v001"]
    np.testing.assert_allclose(study.volumes["head_study0_s1"].affine, head.affine, atol=1e-6)
    assert {Path(item.path).name for item in study.left_out} == {"broken.nii", "notes.txt"}
    assert all(item.reason for item in study.left_out)
    with pytest.raises(InputError, match="no such file or folder"):
        read_study(tmp_path / "nowhere")
