"""DICOM objects of every kind of source: valid, complete, or refused in one line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset

from acd_monai.errors import OutputSkippedError
from acd_monai.reports.outputs import choose_outputs, write_outputs

from .case_views import MODEL, blobs, view_of
from .dicom_sources import (
    SLICES,
    SOURCES,
    complete,
    enhanced,
    make,
    slice_of,
    study,
    tool,
    uneven,
    write,
)

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
    locator = enhanced(tmp_path / "study")
    made = make(view_of(locator))[0]
    references = [
        group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
        for group in made.PerFrameFunctionalGroupsSequence
    ]
    assert references == [2, 3, 1, 4]
    (instance,) = made.SourceImageSequence
    assert instance.ReferencedSOPInstanceUID == pydicom.dcmread(locator).SOPInstanceUID


def test_a_resampled_slice_refers_to_its_neighbours(tmp_path: Path) -> None:
    view = view_of(uneven(tmp_path / "study"))
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
