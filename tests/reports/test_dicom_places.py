"""DICOM objects come back to their place: by pydicom, highdicom and, where it is installed, dcmqi."""

from __future__ import annotations

import subprocess
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK

from acd_monai.data.affine import LPS_TO_RAS

from .case_views import contents, view_of
from .dicom_sources import (
    GEOMETRIES,
    SLICES,
    make,
    saved,
    slice_of,
    study,
    tool,
)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_map_comes_back_to_its_place(geometry: str, tmp_path: Path) -> None:
    folder = study(tmp_path / "study", **GEOMETRIES[geometry])
    before = contents(folder)
    view = view_of(str(folder))
    path = saved(make(view)[0], tmp_path / "map.dcm")
    made = pydicom.dcmread(path)
    assert contents(folder) == before
    frames = np.frombuffer(made.FloatPixelData, dtype="<f4").reshape(SLICES, 9, 11)
    assert [slice_of(made, frame, view) for frame in range(SLICES)] == list(range(SLICES))  # ascending
    np.testing.assert_array_equal(frames.T, view.anomaly_map)
    by_place = {tuple(d.ImagePositionPatient): d for d in map(pydicom.dcmread, folder.iterdir())}
    for frame, group in enumerate(made.PerFrameFunctionalGroupsSequence):
        assert group.FrameContentSequence[0].DimensionIndexValues == frame + 1
        source = by_place[tuple(group.PlanePositionSequence[0].ImagePositionPatient)]
        (reference,) = group.DerivationImageSequence[0].SourceImageSequence
        assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
        assert made.StudyInstanceUID == source.StudyInstanceUID and made.SeriesInstanceUID != source.SeriesInstanceUID
        assert made.FrameOfReferenceUID == source.FrameOfReferenceUID
    read = highdicom.pm.ParametricMap.from_file(path)
    if "tilted" not in geometry:
        volume = read.get_volume(apply_real_world_transform=False)
        there = LPS_TO_RAS @ volume.affine
        index = np.linalg.inv(view.summary.source.affine) @ there @ [1.0, 2.0, 3.0, 1.0]
        i, j, k = np.rint(index[:3]).astype(int)
        np.testing.assert_allclose(index[:3], (i, j, k), atol=1e-3)
        assert volume.array[1, 2, 3] == view.anomaly_map[i, j, k]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_the_findings_come_back_to_their_place(geometry: str, tmp_path: Path) -> None:
    view = view_of(str(study(tmp_path / "study", **GEOMETRIES[geometry])))
    made = highdicom.seg.segread(saved(make(view)[1], tmp_path / "findings.dcm"))
    found = np.zeros(view.anomaly_map.shape, dtype=int)
    pixels = made.pixel_array.reshape(-1, 9, 11)
    for frame, group in enumerate(made.PerFrameFunctionalGroupsSequence):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        found[..., slice_of(made, frame, view)] += number * pixels[frame].T
    np.testing.assert_array_equal(found > 0, view.anomaly_map >= 0.5)
    for number, item in enumerate(view.summary.components.items, 1):
        assert found[item.peak_voxel] == number and np.count_nonzero(found == number) == item.voxels
    description = made.get_segment_description(1)
    assert description.SegmentLabel == "Finding 1, peak 0.900"
    algorithm = description.SegmentationAlgorithmIdentificationSequence[0]
    assert (algorithm.AlgorithmName, algorithm.AlgorithmSource) == ("ACDCLIP on ViT-L-14-336", "acd_monai")


@pytest.mark.parametrize("geometry", [name for name in GEOMETRIES if "tilted" not in name])
def test_dcmqi_agrees(geometry: str, tmp_path: Path) -> None:
    view = view_of(str(study(tmp_path / "study", **GEOMETRIES[geometry])))
    for made, command, want, name in zip(
        make(view),
        (["paramap2itkimage"], ["segimage2itkimage", "--mergeSegments"]),
        (view.anomaly_map, view.anomaly_map >= 0.5),
        ("pmap.nrrd", "1.nrrd"),
        strict=True,
    ):
        back = tmp_path / command[0]
        back.mkdir()
        given = [
            "--inputDICOM",
            str(saved(made, tmp_path / "made.dcm")),
            "--outputDirectory",
            str(back),
            "--outputType",
            "nrrd",
        ]
        subprocess.run([tool(command[0]), *command[1:], *given], check=True, capture_output=True)
        image = SimpleITK.ReadImage(str(back / name))
        values = SimpleITK.GetArrayFromImage(image).T
        values = values if name == "pmap.nrrd" else values > 0
        here = np.eye(4)
        here[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) @ np.diag(image.GetSpacing())
        here[:3, 3] = image.GetOrigin()
        corner = np.array([10.0, 8.0, SLICES - 1.0, 1.0])
        np.testing.assert_allclose(LPS_TO_RAS @ here @ corner, view.summary.source.affine @ corner, atol=1e-3)
        np.testing.assert_allclose(values, want, atol=1e-6)
