"""DICOM objects: read back by pydicom, highdicom and, where they are installed, dcmqi and dciodvfy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset

from acd_monai.data.affine import LPS_TO_RAS
from acd_monai.data.dicom_source import find_dicom_source
from acd_monai.errors import OutputSkippedError
from acd_monai.reports.dicom import make_parametric_map, make_segmentation, make_stand_ins
from acd_monai.reports.outputs import CaseView, choose_outputs, write_outputs
from acd_monai.reports.outputs.dicom import DICOM
from tests.data.dicom_files import (
    ENHANCED_MR,
    MR,
    OPT,
    VL_ENDOSCOPIC,
    functional_group,
    make_dataset,
    write_frames,
    write_series,
)

from .case_views import MODEL, blobs, contents, view_of

TURN = np.array([[0.8, -0.48, 0.36], [0.0, 0.6, 0.8], [-0.6, -0.64, 0.48]])
"""A rotation: columns are the directions of rows, of columns and of the normal."""

OBLIQUE = (*TURN[:, 0], *TURN[:, 1])

GEOMETRIES = {
    "axial": {"step": (0.0, 0.0, 2.0)},
    "reversed": {"step": (0.0, 0.0, -2.0)},
    "anisotropic": {"step": (0.0, 0.0, 7.3), "spacing": (0.31, 1.7)},
    "sagittal": {"orientation": (0.0, 1.0, 0.0, 0.0, 0.0, -1.0), "step": (3.0, 0.0, 0.0)},
    "oblique": {"orientation": OBLIQUE, "step": tuple(2.5 * TURN[:, 2])},
    "tilted": {"step": (0.0, 0.8, 2.0)},
    "tilted and oblique": {"orientation": OBLIQUE, "step": tuple(2.5 * TURN[:, 2] + 0.9 * TURN[:, 1])},
}

SLICES = 6


def complete(dataset: FileDataset, k: int) -> None:
    """What a scanner's file has beside what our reader needs."""
    dataset.FrameOfReferenceUID, dataset.StudyDate, dataset.StudyTime = "1.2.7", "20240101", "120000"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.AccessionNumber = "19700101", "F", "A1"
    dataset.StudyID, dataset.ReferringPhysicianName, dataset.BodyPartExamined = "1", "", "HEAD"
    dataset.Manufacturer, dataset.PatientWeight = "maker", 61.5


def bare(dataset: FileDataset, k: int) -> None:
    """What is left after a thorough de-identification."""
    for keyword in ("PatientName", "PatientID", "SliceThickness"):
        delattr(dataset, keyword)


def study(folder: Path, edit: Callable[[FileDataset, int], None] = complete, **geometry: object) -> Path:
    pixels = np.random.default_rng(0).integers(0, 500, (9, 11, SLICES)).astype(np.int16)
    write_series(folder, pixels, sop_class=MR, modality="MR", edit=edit, **geometry)
    return folder


def write(view: CaseView, folder: Path) -> dict[str, Path]:
    paths = {role: folder / name for role, name in DICOM.file_names("a case").items()}
    folder.mkdir(exist_ok=True)
    return {role: paths[role] for role in DICOM.write(view, paths)}


def make(view: CaseView) -> tuple[Dataset, Dataset]:
    """Map and findings, without the report, which takes longest."""
    source = find_dicom_source(view.locator)
    planes = make_stand_ins(source, view.anomaly_map.shape)
    return make_parametric_map(view, source, planes, 1), make_segmentation(view, source, planes, 2)


def saved(made: Dataset, path: Path) -> Path:
    made.save_as(path, enforce_file_format=True)
    return path


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; the dev extra brings it on Linux")
    return found


def frame_affine_of(made: Dataset, frame: int) -> np.ndarray:
    """Column and row of a frame to RAS millimetres, by its own plane equation."""
    shared, own = made.SharedFunctionalGroupsSequence[0], made.PerFrameFunctionalGroupsSequence[frame]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    row_spacing, column_spacing = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = cosines[:3] * column_spacing, cosines[3:] * row_spacing
    affine[:3, 3] = own.PlanePositionSequence[0].ImagePositionPatient
    return LPS_TO_RAS @ affine


def slice_of(made: Dataset, frame: int, view: CaseView) -> int:
    """The slice of the map where a frame lies; all its corners must."""
    affine, (columns, rows, slices) = view.summary.source.affine, view.anomaly_map.shape
    here = frame_affine_of(made, frame)
    corners = np.array([(i, j, 0, 1) for i in (0, columns - 1) for j in (0, rows - 1)], dtype=float).T
    off = [np.abs(here @ corners - affine @ (corners + np.array([[0], [0], [k], [0]]))).max() for k in range(slices)]
    assert min(off) < 1e-3
    return int(np.argmin(off))


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


def _enhanced(folder: Path) -> str:
    folder.mkdir()
    rng = np.random.default_rng(0)
    positions = [(-10.0, -20.0, z) for z in (4.0, 0.0, 2.0, 6.0)]
    groups = [functional_group(ImagePositionPatient=list(place)) for place in positions]
    shared = functional_group(ImageOrientationPatient=[1, 0, 0, 0, 1, 0], PixelSpacing=[0.5, 0.75], SliceThickness=2)
    pixels = rng.integers(0, 500, (4, 9, 11)).astype(np.int16)
    return str(write_frames(folder / "enhanced.dcm", pixels, ENHANCED_MR, "MR", shared=shared, frames=groups))


def _b_scan(folder: Path) -> str:
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (1, 30, 40)).astype(np.uint8)
    return str(write_frames(folder / "oct.dcm", pixels, OPT, "OPT"))


def _endoscopy(folder: Path) -> str:
    folder.mkdir()
    dataset = make_dataset(np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8), VL_ENDOSCOPIC, "ES")
    dataset.save_as(folder / "picture.dcm", enforce_file_format=True)
    return str(folder / "picture.dcm")


def _uneven(folder: Path) -> str:
    heights = [0.0, 2.0, 4.0, 8.0, 10.0, 12.0]

    def edit(dataset: FileDataset, k: int) -> None:
        complete(dataset, k)
        dataset.ImagePositionPatient = [0.0, 0.0, heights[k]]

    return str(study(folder, edit))


def odd(dataset: FileDataset, k: int) -> None:
    """Values that real headers hold and DICOM forbids."""
    complete(dataset, k)
    dataset.add(DataElement(0x00101010, "AS", "0Y", validation_mode=IGNORE))
    dataset.add(DataElement(0x00080060, "CS", "mr", validation_mode=IGNORE))
    dataset.add_new(0x00190010, "LO", "A MAKER")


SOURCES: dict[str, Callable[[Path], str]] = {
    "series": lambda folder: str(study(folder)),
    "tilted": lambda folder: str(study(folder, **GEOMETRIES["tilted"])),
    "de-identified": lambda folder: str(study(folder, bare)),
    "odd values": lambda folder: str(study(folder, odd)),
    "enhanced": _enhanced,
    "B-scan": _b_scan,
    "endoscopy": _endoscopy,
    "uneven": _uneven,
    "one slice": lambda folder: str(sorted(study(folder).iterdir())[0]),
}


PICTURES = ("B-scan", "endoscopy")
"""They have no place in the patient, which a Parametric Map must have."""


@pytest.mark.parametrize("source", SOURCES)
def test_every_object_is_valid_and_says_what_made_it_and_what_it_is_not_for(source: str, tmp_path: Path) -> None:
    view = view_of(
        SOURCES[source](tmp_path / "study"),
        model={**MODEL, "trained": False, "caution": "UNTRAINED MODEL: means nothing"},
    )
    paths = write(view, tmp_path / "out")
    assert list(paths) == [*([] if source in PICTURES else ["dicom_map"]), "dicom_segmentation", "dicom_report"]
    series = set()
    for path in paths.values():
        made = pydicom.dcmread(path)
        assert made.SeriesDescription.startswith("UNTRAINED ")
        assert "not for diagnosis" in made.SeriesDescription
        said = " ".join(item.ContributionDescription for item in made.ContributingEquipmentSequence)
        assert "ab" * 32 in said and "not for diagnosis" in said and "threshold 0.5 (given)" in said
        assert made.SoftwareVersions and made.StudyInstanceUID == "1.2.3"
        series.add((made.SeriesInstanceUID, made.SeriesNumber))
    assert {number for _, number in series} == {501, 502, 503} - ({501} if source in PICTURES else set())
    assert len({uid for uid, _ in series}) == len(series)
    for path in paths.values():
        said = subprocess.run([tool("dciodvfy"), str(path)], capture_output=True, text=True, check=False).stderr
        assert not [line for line in said.splitlines() if line.startswith("Error")], said


def test_frames_of_an_enhanced_source_are_referred_to_by_number(tmp_path: Path) -> None:
    locator = _enhanced(tmp_path / "study")
    made = make(view_of(locator))[0]
    references = [
        group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
        for group in made.PerFrameFunctionalGroupsSequence
    ]
    assert references == [2, 3, 1, 4]
    (instance,) = made.SourceImageSequence
    assert instance.ReferencedSOPInstanceUID == pydicom.dcmread(locator).SOPInstanceUID


def test_a_resampled_slice_refers_to_its_neighbours(tmp_path: Path) -> None:
    view = view_of(_uneven(tmp_path / "study"))
    made = make(view)[0]
    assert len(made.PerFrameFunctionalGroupsSequence) == 7
    references = [
        len(group.DerivationImageSequence[0].SourceImageSequence) for group in made.PerFrameFunctionalGroupsSequence
    ]
    assert references == [1, 1, 1, 2, 1, 1, 1]
    assert [slice_of(made, frame, view) for frame in range(7)] == list(range(7))


def test_the_report_inside_is_the_report_beside(tmp_path: Path) -> None:
    view = view_of(str(study(tmp_path / "study")))
    write_outputs(view, choose_outputs("report,dicom"), tmp_path, 0.0, progress=False)
    made = pydicom.dcmread(tmp_path / "a case_report.dcm")
    pdf = (tmp_path / "a case_report.pdf").read_bytes()
    assert made.EncapsulatedDocument[: made.EncapsulatedDocumentLength] == pdf
    assert made.BurnedInAnnotation == "NO" and made.MIMETypeOfEncapsulatedDocument == "application/pdf"


def test_many_findings_share_a_segment_and_none_have_no_file(tmp_path: Path) -> None:
    folder = str(study(tmp_path / "study"))
    spots = np.zeros((11, 9, SLICES), dtype=np.float32)
    spots[::2, ::2, ::2] = np.linspace(0.6, 0.9, 90).reshape(6, 5, 3)
    made = make(view_of(folder, spots))[1]
    assert made.number_of_segments == 21
    assert made.get_segment_description(21).SegmentLabel == "70 more findings"
    nothing = write(view_of(folder, np.zeros_like(spots)), tmp_path / "out")
    assert list(nothing) == ["dicom_map", "dicom_report"]


def test_what_is_not_dicom_is_one_line_and_the_rest_is_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import nibabel as nib

    nib.save(nib.Nifti1Image(np.random.default_rng(0).random((9, 8, 7)), np.eye(4)), tmp_path / "a.nii.gz")
    view = view_of(str(tmp_path / "a.nii.gz"))
    summary = write_outputs(view, choose_outputs("nifti,dicom,summary"), tmp_path / "out", 0.0, progress=False)
    line = "no dicom output: the source is not DICOM, so there is no study for the objects to belong to"
    assert line in summary["warnings"] and f"a case: {line}" in caplog.text
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a case_anomaly.nii.gz",
        "a case_summary.json",
    ]


def _without(keyword: str) -> Callable[[FileDataset, int], None]:
    def edit(dataset: FileDataset, k: int) -> None:
        complete(dataset, k)
        delattr(dataset, keyword)

    return edit


@pytest.mark.parametrize(
    ("keyword", "message"),
    [("StudyInstanceUID", "has no StudyInstanceUID"), ("SOPInstanceUID", "has no SOP class or instance UID")],
)
def test_a_source_that_cannot_be_referred_to(keyword: str, message: str, tmp_path: Path) -> None:
    view = view_of(str(study(tmp_path / "study", _without(keyword))))
    with pytest.raises(OutputSkippedError, match=message):
        write(view, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_source_that_has_changed_since_it_was_read(tmp_path: Path) -> None:
    folder = study(tmp_path / "study")
    view = view_of(str(folder), blobs((11, 9, SLICES)))
    sorted(folder.iterdir())[0].unlink()
    with pytest.raises(OutputSkippedError, match="the source is now 11 × 9 × 5 voxels"):
        write(view, tmp_path / "out")


@pytest.mark.parametrize("said", ["a value is odd", "Mustermann is odd"])
def test_what_highdicom_refuses_is_said_without_naming_anybody(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise ValueError(said)

    monkeypatch.setattr("acd_monai.reports.outputs.dicom.make_segmentation", refuse)
    view = view_of(str(study(tmp_path / "study")))
    with pytest.raises(OutputSkippedError, match="header does not allow it") as caught:
        write(view, tmp_path / "out")
    assert ("a value is odd" in str(caught.value)) == (said == "a value is odd")
    assert "Mustermann" not in str(caught.value)
    assert not list((tmp_path / "out").iterdir())
