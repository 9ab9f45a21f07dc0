"""``--domain auto``: told by modality and body part, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.bundle import DOMAINS, choose_domain, domain_selection
from acd_monai.data.cases import survey_inputs
from acd_monai.data.selection import Selection
from acd_monai.errors import ConfigError
from tests.data.dicom_files import make_dataset

Said = dict[str, str]


def study(folder: Path, *series: Said) -> Path:
    """Write pictures, one a series: only modality, body part and description matter here."""
    for number, said in enumerate(series, start=1):
        dataset = make_dataset(np.zeros((4, 5), dtype=np.uint8), "1.2.840.10008.5.1.4.1.1.77.1.1", said["modality"])
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.{number}", number
        dataset.BodyPartExamined = said.get("part", "")
        dataset.SeriesDescription = said.get("description", "")
        dataset.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    return folder


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ({"modality": "MR", "part": "HEAD"}, "brain_mri"),
        ({"modality": "MR", "part": "Brain"}, "brain_mri"),
        ({"modality": "MR", "description": "t2_brain_tra"}, "brain_mri"),
        ({"modality": "CT", "part": "ABDOMEN"}, "liver_ct"),
        ({"modality": "CT", "part": "CHESTABDPELVIS"}, "liver_ct"),
        ({"modality": "CT", "description": "AbdRoutine 5.0"}, "liver_ct"),
        ({"modality": "OPT"}, "retina_oct"),
        ({"modality": "OCT", "part": "EYE"}, "retina_oct"),
        ({"modality": "OP", "part": "RETINA"}, "retina_oct"),
        ({"modality": "OT", "part": "EYE"}, "retina_oct"),
        ({"modality": "ES"}, "colonoscopy"),
        ({"modality": "ES", "part": "COLON"}, "colonoscopy"),
    ],
)
def test_what_tells_a_domain(tmp_path: Path, said: Said, domain: str) -> None:
    choice = choose_domain(survey_inputs(study(tmp_path, said)))
    assert choice.domain == domain
    assert f"series 1 ({said['modality']}" in choice.why


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            {"modality": "CT"},
            r"series 1 \(CT\) has no body part; give one with --domain .* abdomen, liver_ct",
        ),
        ({"modality": "MR"}, "if it shows head, brain_mri"),
        ({"modality": "MR", "part": "KNEE"}, "has body part 'KNEE'"),
        ({"modality": "CT", "part": "HEAD"}, "has body part 'HEAD'"),
        ({"modality": "ES", "part": "STOMACH"}, "has body part 'STOMACH'"),
        ({"modality": "US", "part": "ABDOMEN"}, "a modality that no domain is made for"),
        ({"modality": "US", "part": "EYE"}, "a modality that no domain is made for"),
        ({"modality": "OT"}, "a modality that no domain is made for"),
        ({"modality": "XC"}, "no body part"),
    ],
)
def test_what_tells_none(tmp_path: Path, said: Said, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose_domain(survey_inputs(study(tmp_path, said)))


def test_pictures_tell_nothing(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    with pytest.raises(ConfigError, match="from 1 file that is not DICOM: only DICOM says what it shows"):
        choose_domain(survey_inputs(tmp_path))


def test_several_domains_are_listed(tmp_path: Path) -> None:
    study(tmp_path, {"modality": "CT", "part": "ABDOMEN"}, {"modality": "MR", "part": "HEAD", "description": "t1"})
    with pytest.raises(ConfigError) as error:
        choose_domain(survey_inputs(tmp_path))
    message = str(error.value)
    assert "brain_mri: MR HEAD, series 2 (MR, 't1'); liver_ct: CT ABDOMEN, series 1 (CT)" in message
    assert "--domain" in message and "separate runs" in message
    assert choose_domain(survey_inputs(tmp_path, Selection(series="t1"))).domain == "brain_mri"


def test_what_tells_nothing_goes_along_and_is_counted(tmp_path: Path) -> None:
    study(tmp_path, {"modality": "MR", "part": "HEAD"}, {"modality": "MR", "part": "KNEE"})
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png")
    choice = choose_domain(survey_inputs(tmp_path))
    assert choice.domain == "brain_mri" and "2 other series or files tell no domain" in choice.why


def test_the_reason_does_not_name_the_patient(tmp_path: Path) -> None:
    study(tmp_path, {"modality": "MR", "part": "HEAD", "description": "Mustermann t1"})
    assert "ustermann" not in choose_domain(survey_inputs(tmp_path)).why


def test_rules_are_those_of_the_bundles() -> None:
    for name in DOMAINS:
        selection = domain_selection(name, "t1")
        assert selection.series == "t1" and selection.min_slices >= 1
        assert all(word.isalpha() and word.isupper() for word in selection.body_parts)
    assert domain_selection("industrial").modalities == ()
