from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image

from acd_monai.data.case_names import CaseNames, safe_name
from acd_monai.data.cases import find_cases, scan_inputs
from acd_monai.data.reader import read_volume
from acd_monai.errors import GeometryError, InputError
from tests.data.dicom_files import MR, SECONDARY_CAPTURE, make_dataset, write_enhanced, write_series

BLANK = np.zeros((4, 4, 3), dtype=np.uint16)


def nifti(path: Path, *shape: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(np.zeros(shape, dtype=np.int16), np.eye(4)), path)
    return path


def names(inputs: object) -> list[str]:
    return [case["case"] for case in find_cases(inputs)]  # type: ignore[arg-type]


def test_files_become_cases_in_natural_order(tmp_path: Path) -> None:
    for name in ("p10.nii.gz", "p2.nii.gz", "sub/p2.nii.gz", "sub/größe 1.nii"):
        nifti(tmp_path / name, 3, 4, 5)
    nifti(tmp_path / "four.nii.gz", 3, 4, 5, 2)
    Image.new("RGB", (4, 3)).save(tmp_path / "sub" / "frame.v1.png")
    (tmp_path / "broken.nii.gz").write_text("no image")
    for skipped in (".hidden.nii.gz", "desktop.ini", "Thumbs.db"):
        (tmp_path / skipped).write_text("x")
    found = scan_inputs(tmp_path)
    expected = ["broken", "four_v000", "four_v001", "p2", "p10", "frame.v1", "größe_1", "p2_2"]
    assert [case["case"] for case in found.cases] == expected
    assert found.left_out == []
    assert found.cases[2]["image"] == f"{tmp_path / 'four.nii.gz'}#volume=1"
    assert found.cases[-1]["source"] == f"{tmp_path.name}/sub/p2.nii.gz"
    assert found == scan_inputs(str(tmp_path))
    for case in found.cases[1:]:
        read_volume(case["image"])
    with pytest.raises(InputError, match="broken.nii.gz"):
        read_volume(found.cases[0]["image"])


def test_own_results_and_other_files_are_left_out_with_a_reason(tmp_path: Path) -> None:
    nifti(tmp_path / "a.nii.gz", 3, 4, 5)
    nifti(tmp_path / "a_anomaly.nii.gz", 3, 4, 5)
    (tmp_path / "a_summary.json").write_text("{}")
    nifti(tmp_path / "users_own_anomaly.nii.gz", 3, 4, 5)
    (tmp_path / "notes.txt").write_text("hello")
    found = scan_inputs(tmp_path)
    assert [case["case"] for case in found.cases] == ["a", "users_own_anomaly"]
    assert {item.path for item in found.left_out} == {"a_anomaly.nii.gz", "a_summary.json", "notes.txt"}
    assert names(tmp_path / "a_anomaly.nii.gz") == ["a_anomaly"]


def test_dicom_study(tmp_path: Path) -> None:
    study = tmp_path / "study one"
    write_series(study / "ct", BLANK, series="1.1")
    write_series(study / "ct", BLANK, series="1.2", prefix="bad", edit=lambda d, k: setattr(d, "PixelSpacing", [0, 0]))

    def scout(dataset: pydicom.Dataset, k: int) -> None:
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    write_series(study, BLANK[:, :, :1], series="1.3", prefix="scout", edit=scout)
    make_dataset(BLANK[:, :, 0], SECONDARY_CAPTURE, "CT", "1.4").save_as(study / "shot", enforce_file_format=True)
    (study / "junk.dcm").write_text("junk")
    found = scan_inputs(study)
    assert [case["case"] for case in found.cases] == ["ct_s5", "ct_s5_2"]
    assert found.cases[0]["source"] == "study one/ct (CT, series 5, 3 slices)"
    assert read_volume(found.cases[0]["image"]).array.shape == (1, 4, 4, 3)
    with pytest.raises(GeometryError, match="PixelSpacing"):
        read_volume(found.cases[1]["image"])
    reasons = " ".join(item.reason for item in found.left_out)
    assert len(found.left_out) == 3
    assert "localizer" in reasons and "screen capture" in reasons and "not a DICOM file" in reasons


def test_4d_dicom_becomes_a_case_a_volume(tmp_path: Path) -> None:
    for echo in (1, 2):

        def stamp(dataset: pydicom.Dataset, k: int, echo: int = echo) -> None:
            dataset.EchoTime = 10.0 * echo

        write_series(
            tmp_path / "t2", BLANK + np.uint16(echo), prefix=f"e{echo}", edit=stamp, modality="MR", sop_class=MR
        )
    frames = np.stack([np.full((4, 4), n, dtype=np.uint16) for n in range(4)])
    (tmp_path / "enh").mkdir()
    positions = [(0.0, 0.0, 2.0 * (n % 2)) for n in range(4)]
    write_enhanced(tmp_path / "enh" / "e.dcm", frames, positions, [(1.0, 0.0)] * 4, temporal=[1, 1, 2, 2])
    pydicom_file = pydicom.dcmread(tmp_path / "enh" / "e.dcm")
    pydicom_file.SeriesInstanceUID = "1.2.9"
    pydicom_file.save_as(tmp_path / "enh" / "e.dcm")
    found = find_cases(tmp_path)
    assert [case["case"] for case in found] == ["t2_s5_v000", "t2_s5_v001", "enh_s5_v000", "enh_s5_v001"]
    assert [float(read_volume(case["image"]).array.max()) for case in found] == [1, 2, 1, 3]
    assert found[3]["image"].endswith("e.dcm#volume=1")


@pytest.mark.parametrize("folder", ["Mustermann_Erika", "erika 2024", "x-ID_778899", "MÜSTERMANN"])
def test_names_never_hold_the_patient(tmp_path: Path, folder: str) -> None:
    def rename(dataset: pydicom.Dataset, k: int) -> None:
        dataset.SpecificCharacterSet = "ISO_IR 192"
        if "Ü" in folder:
            dataset.PatientName = "Müstermann^E"

    write_series(tmp_path / "in" / folder, BLANK, edit=rename)
    (tmp_path / "in" / folder / "junk").write_text("junk")
    (case,), left_out = scan_inputs(tmp_path / "in")
    assert case["case"] == "study-c47f5b18_s5"
    assert case["source"] == "in/… (CT, series 5, 3 slices)"
    assert left_out[0].path == "in/…/junk"


def test_inputs_that_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="absent: no such file or folder"):
        find_cases([tmp_path, tmp_path / "absent"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="the folder is empty"):
        find_cases(tmp_path / "empty")
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match=r"no image found among 1 files \(1 x not a DICOM file.*DICOM, NIfTI"):
        find_cases(tmp_path)
    with pytest.raises(InputError, match="no input"):
        find_cases([])
    (tmp_path / "cut.dcm").write_text("hello")
    (case,) = find_cases(tmp_path / "cut.dcm")
    with pytest.raises(InputError, match="cut.dcm: not a DICOM file"):
        read_volume(case["image"])


def test_links_in_a_circle_and_inputs_given_twice(tmp_path: Path) -> None:
    path = nifti(tmp_path / "a" / "x.nii", 3, 4, 5)
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert names([tmp_path, path, tmp_path / "a"]) == ["x"]


def test_one_chosen_volume_is_one_case(tmp_path: Path) -> None:
    path = nifti(tmp_path / "x.nii", 3, 4, 5, 6)
    (case,) = find_cases(f"{path}#volume=4")
    assert case == {"case": "x_v004", "image": f"{path}#volume=4", "source": "x.nii#volume=4"}


def test_safe_names() -> None:
    assert safe_name("../a b/c:d*") == "a_b_c_d"
    assert safe_name("???") == "case" and safe_name("CON.nii") == "case_CON.nii"
    assert len(safe_name("x" * 500)) == 100
    assert safe_name("脳" * 90) == "脳" * 60  # bytes count for file systems
    taken = CaseNames()
    assert [taken.take(name) for name in ("a", "A", "a", "a_2")] == ["a", "A_2", "a_3", "a_2_2"]
