"""Which series of a study a domain reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from acd_monai.data.cases import find_cases, scan_inputs
from acd_monai.data.dicom_frames import read_slice_headers
from acd_monai.data.selection import Selection
from acd_monai.errors import InputError
from tests.data.dicom_files import MR, make_dataset, write_series

ABDOMINAL_CT = Selection(("CT",), ("ABDOMEN", "ABD", "LIVER"), 4)


def series(
    folder: Path, number: int, slices: int = 5, *, edit: Callable[[FileDataset], None] | None = None, **values: object
) -> None:
    """Write a series of the study ``1.2.3`` (or of another), with header values by keyword."""

    def stamp(dataset: FileDataset, k: int) -> None:
        dataset.SeriesNumber = number
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        if edit is not None:
            edit(dataset)

    sop_class = {"sop_class": MR} if values.get("Modality") == "MR" else {}
    uid = f"1.2.3.{values.get('StudyInstanceUID', '0')}.{number}"
    pixels = np.zeros((4, 4, slices), dtype=np.uint16)
    write_series(folder / f"series{number}", pixels, series=uid, edit=stamp, **sop_class)  # type: ignore[arg-type]


def read_and_not(folder: Path, selection: Selection) -> tuple[list[str], dict[str, str]]:
    found = scan_inputs(folder, selection)
    reasons = {Path(item.path).parent.name: item.reason for item in found.left_out}
    return [case["case"] for case in found.cases], reasons


def test_all_that_fit_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    series(tmp_path, 1, BodyPartExamined="ABDOMEN")
    series(tmp_path, 2, BodyPartExamined="CHESTABDPELVIS")
    series(tmp_path, 3)
    series(tmp_path, 4, BodyPartExamined="CHEST", SeriesDescription="ThorAbd 5.0 LIVER portal")
    series(tmp_path, 5, BodyPartExamined="CHEST", SeriesDescription="Thorax 5.0")
    series(tmp_path, 6, slices=1)
    series(tmp_path, 7, slices=3)
    series(tmp_path, 8, ImageType=["DERIVED ", "PRIMARY", "AXIAL"])
    series(tmp_path, 9, ImageType=["DERIVED", "SECONDARY", "AXIAL", "CT_SOM5 MPR"])
    series(tmp_path, 10, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    series(tmp_path, 11, SeriesDescription="Topogram  0.6  T20f")
    series(tmp_path, 12, Modality="PT")
    series(tmp_path, 13, BodyPartExamined="PARTIALBODY")
    read, reasons = read_and_not(tmp_path, ABDOMINAL_CT)
    assert read == [f"series{number}_s{number}" for number in (1, 2, 3, 4, 13)]
    assert reasons == {
        "series5": "another body part (ABDOMEN wanted)",
        "series6": "1 slice (4 or more wanted)",
        "series7": "3 slices (4 or more wanted)",
        "series8": "derived from another series",
        "series9": "a reformat of another series (MPR, MIP, …)",
        "series10": "a localizer (scout) image",
        "series11": "a localizer (scout) by its description",
        "series12": "modality PT (CT wanted)",
    }
    everything_but_the_localizer = find_cases(tmp_path)
    assert len(everything_but_the_localizer) == 12
    assert all("notes" not in case for case in everything_but_the_localizer)


@pytest.mark.parametrize(
    ("studied", "read"),
    [
        ({1: {"slices": 3}, 2: {"slices": 1}, 3: {"slices": 2}}, [1, 3]),
        ({1: {"slices": 1}, 2: {"slices": 1}}, [1, 2]),
        ({1: {"ImageType": ["DERIVED", "PRIMARY"]}, 2: {"ImageType": ["DERIVED", "SECONDARY", "MPR"]}}, [1]),
        ({1: {"BodyPartExamined": "KNEE"}, 2: {"ImageType": ["DERIVED", "SECONDARY", "MIP"]}}, [2]),
        ({1: {"BodyPartExamined": "KNEE"}, 2: {"SeriesDescription": "Scout"}}, [1]),
        ({1: {"slices": 2}, 2: {"ImageType": ["DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE"]}}, [1]),
    ],
)
def test_a_study_that_would_be_left_out_gives_what_is_nearest(
    tmp_path: Path, studied: dict[int, dict], read: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    for number, values in studied.items():
        series(tmp_path, number, **values)
    cases = find_cases(tmp_path, ABDOMINAL_CT)
    assert [case["case"] for case in cases] == [f"series{number}_s{number}" for number in read]
    assert all(case["notes"].startswith("read for want of better in its study: ") for case in cases)
    assert "read for want of better" in caplog.text


def test_studies_are_judged_one_by_one_and_another_modality_is_no_refusal(tmp_path: Path) -> None:
    series(tmp_path / "a", 1, StudyInstanceUID="1")
    series(tmp_path / "a", 2, StudyInstanceUID="1", Modality="MR")
    series(tmp_path / "b", 3, StudyInstanceUID="2", Modality="MR")
    series(tmp_path / "b", 4, StudyInstanceUID="2", Modality="PT")
    read, reasons = read_and_not(tmp_path, ABDOMINAL_CT)
    assert read == ["series1_s1", "series3_s3", "series4_s4"]
    assert reasons == {"series2": "modality MR (CT wanted)"}


def test_a_4d_series_keeps_its_volumes_and_a_volume_left_out_is_not_counted(tmp_path: Path) -> None:
    def echo(number: int) -> Callable[[FileDataset], None]:
        return lambda dataset: setattr(dataset, "EchoTime", 10.0 * number)

    pixels = np.zeros((4, 4, 5), dtype=np.uint16)
    for number, count in ((1, 5), (2, 5)):
        write_series(tmp_path / "t2", pixels[:, :, :count], prefix=f"e{number}", edit=lambda d, k, n=number: echo(n)(d))
    scout = np.zeros((6, 6, 1), dtype=np.uint16)
    write_series(tmp_path / "t2", scout, prefix="x", edit=lambda d, k: setattr(d, "EchoTime", 30.0))
    assert [case["case"] for case in find_cases(tmp_path, ABDOMINAL_CT)] == ["t2_s5_v000", "t2_s5_v001"]


def test_pictures_are_not_judged_by_slices_or_derivation(tmp_path: Path) -> None:
    endoscopic = "1.2.840.10008.5.1.4.1.1.77.1.1"
    for index in range(2):
        dataset = make_dataset(np.zeros((4, 5, 3), dtype=np.uint8), endoscopic, "ES")
        dataset.ImageType = ["DERIVED", "PRIMARY"]
        dataset.save_as(tmp_path / f"{index}.dcm", enforce_file_format=True)
    found = find_cases(tmp_path, Selection(("ES",), ("COLON",), 8))
    assert len(found) == 2 and all("notes" not in case for case in found)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        (2, [2]),
        ("2", [2]),
        ("1.2.3.0.3", [3]),
        ("PORTAL", [2, 3]),
        ("venous", [3]),
        (" 1 ", [1]),
    ],
)
def test_a_series_asked_for_is_read_whatever_the_domain_wants(tmp_path: Path, asked: object, read: list[int]) -> None:
    series(tmp_path, 1, slices=1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    series(tmp_path, 2, BodyPartExamined="KNEE", SeriesDescription="Portal 2mm")
    series(tmp_path, 3, SeriesDescription="portal venous")
    (tmp_path / "picture.png").write_bytes(b"")
    found = scan_inputs(tmp_path, Selection(("CT",), ("ABDOMEN",), 4, asked))  # type: ignore[arg-type]
    assert [case["case"] for case in found.cases] == [f"series{number}_s{number}" for number in read]
    assert all("notes" not in case for case in found.cases)
    reasons = {item.reason for item in found.left_out}
    assert reasons == {"not the series asked for", "not DICOM, and a DICOM series was asked for"}


@pytest.mark.parametrize("asked", ["22", "no such", "1.2.3.99", ""])
def test_no_such_series_lists_what_there_is_without_the_patient(tmp_path: Path, asked: str) -> None:
    series(tmp_path, 1, SeriesDescription="portal")
    series(tmp_path, 2, SeriesDescription="for Frau Mustermann")
    with pytest.raises(InputError) as error:
        find_cases(tmp_path, Selection(series=asked))
    assert "There are: 1 (CT, 'portal'); 2 (CT, '…')" in str(error.value)
    assert "\n" not in str(error.value) and "Mustermann" not in str(error.value)


def test_body_part_of_newer_objects(tmp_path: Path) -> None:
    dataset = make_dataset(np.zeros((4, 5), dtype=np.uint8), "1.2.840.10008.5.1.4.1.1.77.1.5.4", "OPT")
    region = Dataset()
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "81745001", "SCT", "Eye"
    dataset.AnatomicRegionSequence = [region]
    dataset.SeriesDescription = "Macula"
    dataset.save_as(tmp_path / "opt.dcm", enforce_file_format=True)
    (header,) = read_slice_headers(tmp_path / "opt.dcm")
    assert (header.body_part, header.series_description) == ("Eye", "Macula")
    assert Selection(body_parts=("EYE",)).names_body_part(header)
    assert Selection(body_parts=("COLON",)).contradicts_body_part(header)
    assert not Selection(body_parts=("COLON", "MACULA")).contradicts_body_part(header)
