from __future__ import annotations

import warnings

import pytest

from acd_monai.data import dicom
from acd_monai.data.dicom_groups import SliceGroup
from acd_monai.data.volume import Volume
from tests.data.dicom_checks import TOLERANCE, assert_placed


@pytest.fixture(autouse=True)
def _every_dicom_volume_lies_where_its_files_say(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prove the geometry of every DICOM volume that any of these tests reads (but for files mutated at random)."""
    if request.module.__name__.endswith("test_fuzz_readers"):
        return
    read_group = dicom.read_group

    def read_and_check(group: SliceGroup, resample_uneven: bool = False) -> Volume:
        volume = read_group(group, resample_uneven)
        if volume.kind == "volume" and not any(line.startswith("resampled") for line in volume.warnings):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                slices = [(header.path, header.frame) for header in group.slices]
                if group.slices[0].position is not None and group.slices[0].spacing is not None:
                    assert_placed(volume, slices, TOLERANCE)
        return volume

    monkeypatch.setattr(dicom, "read_group", read_and_check)
