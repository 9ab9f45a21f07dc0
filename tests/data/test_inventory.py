"""Facts of a folder, from headers alone."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
from PIL import Image
from pydicom.dataset import FileDataset

from acd_monai.data.cases import survey_inputs
from acd_monai.data.file_facts import file_facts
from acd_monai.data.grid_facts import axis_letters, is_tilted, plane_of
from acd_monai.data.inventory import Inventory, SeriesEntry, take_inventory
from acd_monai.data.selection import Selection
from tests.data.dicom_files import MR, make_dataset, write_series

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
BLANK = np.zeros((4, 6, 5), dtype=np.uint16)


def inventory(folder: Path, selection: Selection | None = None) -> Inventory:
    return take_inventory(survey_inputs(folder, selection), [folder], selection)


def only_series(found: Inventory) -> SeriesEntry:
    ((study,),) = [patient.studies for patient in found.patients]
    (series,) = study.series
    return series


def test_a_series(tmp_path: Path) -> None:
    def stamp(dataset: FileDataset, k: int) -> None:
        dataset.BodyPartExamined, dataset.SeriesDescription = "HEAD", "t1 for Mustermann"

    write_series(tmp_path, BLANK, orientation=SAGITTAL, step=(2.0, 0.0, 0.0), modality="MR", sop_class=MR, edit=stamp)
    series = only_series(inventory(tmp_path))
    assert (series.number, series.uid, series.modality, series.body_part) == (5, "", "MR", "HEAD")
    assert series.description == "…"
    (volume,) = series.volumes
    assert (volume.kind, volume.size, volume.plane, volume.flags) == ("volume", (6, 4, 5), "sagittal", ())
    np.testing.assert_allclose(volume.spacing, (0.75, 0.5, 2.0))
    assert volume.is_read and volume.case == f"{tmp_path.name}_s5" and volume.notes == ()


def test_a_tilted_series_is_read_and_flagged(tmp_path: Path) -> None:
    write_series(tmp_path, BLANK, step=(0.0, 0.5, 2.0))
    (volume,) = only_series(inventory(tmp_path)).volumes
    assert volume.is_read and volume.flags == ("tilted",)
    assert any("sheared grid" in note for note in volume.notes)


def test_what_will_fail_is_known_before(tmp_path: Path) -> None:
    for path in write_series(tmp_path, BLANK)[2:3]:
        path.unlink()
    (volume,) = only_series(inventory(tmp_path)).volumes
    assert volume.flags == ("uneven",) and volume.case and not volume.is_read
    assert volume.reason.startswith("slice gaps are uneven: 4.00 mm")


def test_4d_volumes_and_two_orientations(tmp_path: Path) -> None:
    for echo in (1, 2):
        write_series(tmp_path, BLANK, prefix=f"e{echo}", edit=lambda d, k, e=echo: setattr(d, "EchoTime", float(e)))
    write_series(tmp_path, BLANK, prefix="sag", orientation=SAGITTAL, step=(2.0, 0.0, 0.0))
    volumes = only_series(inventory(tmp_path)).volumes
    assert [(volume.plane, volume.flags) for volume in volumes] == [
        ("axial", ("4-D",)),
        ("axial", ("4-D",)),
        ("sagittal", ()),
    ]
    assert [volume.case[-5:] for volume in volumes] == ["_v000", "_v001", "_v002"]


def test_flags_of_the_header_and_reasons_of_the_selection(tmp_path: Path) -> None:
    for number, kind in enumerate((["ORIGINAL", "PRIMARY", "LOCALIZER"], ["DERIVED", "SECONDARY", "MPR"]), start=1):

        def stamp(dataset: FileDataset, k: int, number: int = number, kind: list[str] = kind) -> None:
            dataset.SeriesNumber, dataset.ImageType = number, kind

        write_series(tmp_path, BLANK, prefix=f"s{number}_", series=f"1.{number}", edit=stamp)
    write_series(tmp_path, BLANK, prefix="good", series="1.9")
    found = inventory(tmp_path, Selection(("MR",)))
    (study,) = found.patients[0].studies
    assert [series.volumes[0].flags for series in study.series] == [("localizer",), ("reformat", "derived"), ()]
    reasons = [series.volumes[0].reason for series in study.series]
    assert reasons == ["a localizer (scout) image", "a reformat of another series (MPR, MIP, …)", ""]
    assert study.series[2].volumes[0].notes == ("modality is CT; the domain is made for MR",)
    assert found.left_out == ()


def test_a_mosaic_is_flagged(tmp_path: Path) -> None:
    write_series(tmp_path, BLANK, edit=lambda d, k: setattr(d, "ImageType", ["ORIGINAL", "PRIMARY", "MOSAIC"]))
    assert all("mosaic" in volume.flags for volume in only_series(inventory(tmp_path)).volumes)


def test_patients_and_numbers_given_twice(tmp_path: Path) -> None:
    for index, (patient, uid) in enumerate((("A", "1.1"), ("A", "1.2"), ("B", "1.3"))):

        def stamp(dataset: FileDataset, k: int, patient: str = patient) -> None:
            dataset.PatientID, dataset.PatientName = f"ID-{patient * 5}", f"Name{patient * 5}"
            dataset.StudyInstanceUID = "1.2.6" if patient == "A" else "1.2.7"

        write_series(tmp_path / "in" / str(index), BLANK, series=uid, edit=stamp)
    found = inventory(tmp_path / "in")
    assert [patient.number for patient in found.patients] == [1, 2]
    assert [[series.uid for s in patient.studies for series in s.series] for patient in found.patients] == [
        ["1.1", "1.2"],
        [""],
    ]
    assert "AAAAA" not in repr(found) and "BBBBB" not in repr(found)


def test_pictures_in_dicom(tmp_path: Path) -> None:
    dataset = make_dataset(np.zeros((4, 5, 3), dtype=np.uint8), "1.2.840.10008.5.1.4.1.1.77.1.1", "ES")
    dataset.save_as(tmp_path / "a", enforce_file_format=True)
    (volume,) = only_series(inventory(tmp_path)).volumes
    assert volume.kind == "frame" and volume.size == (5, 4, 1) and volume.plane == "" and volume.is_read


def test_files_that_are_not_dicom(tmp_path: Path) -> None:
    affine = np.diag([-2.0, 3.0, 4.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 4, 5, 2), dtype=np.int16), affine), tmp_path / "a.nii.gz")
    image = SimpleITK.GetImageFromArray(np.zeros((5, 4, 3), dtype=np.int16))
    image.SetSpacing((1.0, 2.0, 3.0))
    SimpleITK.WriteImage(image, str(tmp_path / "b.nrrd"))
    SimpleITK.WriteImage(image, str(tmp_path / "b.mha"))
    Image.new("L", (7, 6)).save(tmp_path / "c.png")
    (tmp_path / "d.nii").write_bytes(b"")
    (tmp_path / "e.png").write_text("no picture")
    (tmp_path / "a_anomaly.nii.gz").write_bytes(b"")
    (tmp_path / "a_preview.png").write_bytes(b"")
    found = inventory(tmp_path)
    facts = {file.path.rpartition("/")[2]: file.facts for file in found.files}
    assert facts["a.nii.gz"].shape == (3, 4, 5, 2) and facts["a.nii.gz"].spacing == (2.0, 3.0, 4.0)
    assert facts["a.nii.gz"].orientation == "LAS" and facts["a.nii.gz"].flags == ("4-D",)
    assert facts["b.nrrd"].orientation == facts["b.mha"].orientation == "LPS"
    assert facts["b.nrrd"].spacing == (1.0, 2.0, 3.0) and facts["b.nrrd"].kind == "NRRD"
    assert (facts["c.png"].kind, facts["c.png"].shape, facts["c.png"].orientation) == ("PNG", (7, 6), "L")
    assert facts["d.nii"].problem == "the file is empty (0 bytes)"
    assert "cannot be read" in facts["e.png"].problem
    cases = {file.path.rpartition("/")[2]: file.cases for file in found.files}
    assert cases["a.nii.gz"] == ("a_v000", "a_v001") and cases["e.png"] == ("e",)
    assert [item.reason for item in found.left_out] == ["written by an earlier run"] * 2


def test_a_single_file_that_is_no_dicom_after_all(tmp_path: Path) -> None:
    (tmp_path / "cut.dcm").write_text("hello")
    (file,) = inventory(tmp_path / "cut.dcm").files
    assert file.cases == ("cut",) and "not a DICOM file" in file.facts.problem
    assert file_facts(tmp_path).kind == "DICOM"


@pytest.mark.parametrize(
    ("orientation", "plane"),
    [
        ((1, 0, 0, 0, 1, 0), "axial"),
        ((1, 0, 0, 0, 0, -1), "coronal"),
        (SAGITTAL, "sagittal"),
        ((1, 0, 0, 0, np.cos(0.3), np.sin(0.3)), "oblique axial"),
        ((1, 0, 0, 0, np.cos(0.1), np.sin(0.1)), "axial"),
        ((0, 0, 0, 0, 0, 0), ""),
        ((np.nan,) * 6, ""),
        (None, ""),
    ],
)
def test_planes(orientation: tuple[float, ...] | None, plane: str) -> None:
    assert plane_of(None if orientation is None else np.array(orientation)) == plane


def test_grids_without_a_meaning() -> None:
    for affine in (np.zeros((4, 4)), np.full((4, 4), np.nan)):
        assert axis_letters(affine) == "" and not is_tilted(affine)
