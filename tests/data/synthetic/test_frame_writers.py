from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from acd_monai.bundle.choose_domain import choose_domain
from acd_monai.data import find_cases, read_volume
from acd_monai.data.cases import survey_inputs
from acd_monai.data.synthetic import (
    make_colonoscopy,
    make_retina_oct_volume,
    write_endoscopy,
    write_endoscopy_cine,
    write_opt,
)
from acd_monai.errors import ConfigError, GeometryError, InputError


def domain_of(path: Path) -> str:
    return choose_domain(survey_inputs([str(path)], None)).domain


def test_an_opt_volume_reads_back_where_it_was(tmp_path: Path) -> None:
    volume = make_retina_oct_volume(2, (72, 65, 5), (0.08, 0.02, 0.3), abnormal="drusen")
    turn = np.deg2rad(12.0)
    turned = np.eye(4)
    turned[:3, :3] = [[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]]
    affine = turned @ volume.affine
    path = write_opt(volume.array, affine, tmp_path / "opt.dcm", laterality="L")
    read = read_volume(path)
    assert (read.kind, read.modality, read.warnings) == ("volume", "OPT", ())
    np.testing.assert_array_equal(read.array[0], volume.array)
    np.testing.assert_allclose(read.affine, affine, atol=1e-9)
    assert [case["case"] for case in find_cases(tmp_path)] and domain_of(tmp_path) == "retina_oct"
    header = pydicom.dcmread(path)
    assert header.NumberOfFrames == 5 and header.ImageLaterality == "L" and "SYNTHETIC" in header.SeriesDescription
    heights = [
        float(f.PlanePositionSequence[0].ImagePositionPatient[2]) for f in header.PerFrameFunctionalGroupsSequence
    ]
    assert heights == sorted(heights)


def test_endoscopy_reads_back_as_frames(tmp_path: Path) -> None:
    frames = [make_colonoscopy(seed, 65, polyp=seed == 1).image for seed in range(3)]
    files = write_endoscopy(frames, tmp_path / "stills")
    cine = write_endoscopy_cine(frames, tmp_path / "cine" / "a.dcm")
    for path, frame in zip(files, frames, strict=True):
        read = read_volume(path)
        assert (read.kind, read.modality) == ("frame", "ES")
        np.testing.assert_allclose(read.array[..., 0], frame.transpose(2, 1, 0) / 255, rtol=1e-6)
    for number, frame in enumerate(frames):
        read = read_volume(f"{cine}#volume={number}")
        np.testing.assert_allclose(read.array[..., 0], frame.transpose(2, 1, 0) / 255, rtol=1e-6)
    for folder in ("stills", "cine"):
        assert len(find_cases(tmp_path / folder)) == 3 and domain_of(tmp_path / folder) == "colonoscopy"


def test_the_same_content_has_the_same_identifiers(tmp_path: Path) -> None:
    frames = [make_colonoscopy(0, 64).image]
    uids = {
        name: pydicom.dcmread(write_endoscopy(frames, tmp_path / name, seed=name[0])[0]) for name in ("a1", "a2", "b1")
    }
    assert uids["a1"].SOPInstanceUID == uids["a2"].SOPInstanceUID != uids["b1"].SOPInstanceUID
    cine = pydicom.dcmread(write_endoscopy_cine(frames, tmp_path / "c.dcm", seed="a"))
    assert cine.StudyInstanceUID == uids["a1"].StudyInstanceUID
    assert cine.SeriesInstanceUID != uids["a1"].SeriesInstanceUID


def test_what_is_refused(tmp_path: Path) -> None:
    array = np.zeros((8, 8, 2), dtype=np.uint8)
    sheared = np.eye(4)
    sheared[0, 1] = 0.2
    with pytest.raises(GeometryError, match="cosine"):
        write_opt(array, sheared, tmp_path / "a.dcm")
    with pytest.raises(InputError, match="float64"):
        write_opt(array.astype(float), np.eye(4), tmp_path / "a.dcm")
    with pytest.raises(ConfigError, match="'B'"):
        write_opt(array, np.eye(4), tmp_path / "a.dcm", laterality="B")
    with pytest.raises(InputError, match="SYNTHETIC"):
        write_opt(array, np.eye(4), tmp_path / "a.dcm", series_description="OCT")
    colour = np.zeros((8, 8, 3), dtype=np.uint8)
    for frames in ([], [colour, colour[:4]], [colour[..., 0]], [colour.astype(float)]):
        with pytest.raises(InputError, match="frames are"):
            write_endoscopy(frames, tmp_path / "es")
    with pytest.raises(InputError, match="0.0 frames per second"):
        write_endoscopy_cine([colour], tmp_path / "c.dcm", frames_per_second=0.0)
    assert list(tmp_path.iterdir()) == []
