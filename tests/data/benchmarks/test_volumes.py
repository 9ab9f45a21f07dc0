from __future__ import annotations

from pathlib import Path

import pytest

from acd_monai.data.benchmarks.volumes import read_volumes
from acd_monai.errors import InputError
from tests.data.benchmarks.trees import make_tree


def test_nnunet_folders(tmp_path: Path) -> None:
    make_tree("volumes", tmp_path)
    samples = read_volumes(tmp_path, "test")
    assert [(s.image.name, s.mask and s.mask.name, s.case) for s in samples] == [
        ("liver_9_0000.nii.gz", "liver_9.nii.gz", "liver_9"),
        ("liver_10_0000.nii.gz", "liver_10.nii.gz", "liver_10"),
    ]
    assert all(s.label == 1 for s in samples)


@pytest.mark.parametrize("masks", ["masks", "labels"])
def test_two_folders_in_other_formats(masks: str, tmp_path: Path) -> None:
    for name in ("images/b_0000.nrrd", f"{masks}/b_0000.nii", "images/a.v1.mha", f"{masks}/a.v1_seg.nii.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [(s.image.name, s.mask and s.mask.name) for s in read_volumes(tmp_path, "test")] == [
        ("a.v1.mha", "a.v1_seg.nii.gz"),
        ("b_0000.nrrd", "b_0000.nii"),
    ]


def test_a_volume_without_mask_is_refused(tmp_path: Path) -> None:
    make_tree("volumes", tmp_path)
    (tmp_path / "imagesTr" / "liver_10_0001.nii.gz").touch()
    with pytest.raises(InputError, match="1 of 3 volumes have no mask in labelsTr/: liver_10_0001.nii.gz"):
        read_volumes(tmp_path, "train")
