"""The scene as a run writes it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pydicom
import pytest
from PIL import Image

from acd_monai.bundle import compose, run_bundle
from acd_monai.cli import main
from acd_monai.data import read_volume
from acd_monai.data.itk_volume import read_itk_volume
from acd_monai.data.synthetic import HeadPhantom
from acd_monai.reports.map_scale import own_scale
from acd_monai.reports.outputs import choose_outputs, write_outputs
from acd_monai.reports.outputs.slicer import SLICER

from ..case_views import view_of


def run(source: Path, out: Path, *more: str) -> str:
    assert main(["infer", str(source), "--domain", "brain_mri", "-o", str(out), *more]) == 0
    return only_case(out)


def only_case(out: Path) -> str:
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    return row["case"]


def test_a_dicom_study_gets_a_scene_of_its_own(head: HeadPhantom, head_study: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(head_study, tmp_path / "study"))
    out = tmp_path / "Bilder & ü"
    untrained = {"backbone_weights": None, "threshold": 0.3}
    run_bundle(compose("brain_mri"), {"dataset_dir": [str(study)], "output_dir": str(out), **untrained})
    case = only_case(out)
    read = read_volume(str(study))
    shutil.rmtree(study)
    outputs = json.loads((out / f"{case}_summary.json").read_text(encoding="utf-8"))["outputs"]
    names = {role: name for role, name in outputs.items() if role.startswith("slicer")}
    assert {"slicer_scene", "slicer_bundle", "slicer_image"} <= set(names)
    assert names["slicer_scene"] == f"{case}.mrml" and names["slicer_bundle"] == f"{case}.mrb"
    image = read_itk_volume(out / names["slicer_image"])
    np.testing.assert_array_equal(image.array, read.array)
    np.testing.assert_allclose(image.affine, head.affine, atol=1e-4)
    nodes = {node.get("id"): node for node in ElementTree.parse(out / names["slicer_scene"]).getroot()}
    shows = nodes["vtkMRMLScalarVolumeDisplayNode1"]
    level, width = float(shows.get("level")), float(shows.get("window"))
    assert read.array.min() <= level - width / 2 < level + width / 2 <= read.array.max()
    shows = nodes["vtkMRMLScalarVolumeDisplayNode2"]  # the untrained model's map is narrow, all of it above 0.3
    assert 0.3 < float(shows.get("lowerThreshold")) == pytest.approx(float(shows.get("level")))
    assert nodes["vtkMRMLSegmentationNode1"].get("name") == "findings, score 0.3 or more"
    stored = nodes["vtkMRMLVolumeArchetypeStorageNode2"].get("fileName")
    assert stored == f"{case}_anomaly.nii.gz" and (out / stored).is_file()


def test_an_earlier_scene_goes_when_it_is_not_wanted(head_study: Path, tmp_path: Path) -> None:
    case = run(head_study, tmp_path, "--outputs", "slicer,summary", "--threshold", "0.3")
    assert (tmp_path / f"{case}.mrml").exists() and (tmp_path / f"{case}_anomaly.nrrd").exists()
    run(head_study, tmp_path, "--outputs", "summary", "--overwrite")
    assert {path.name for path in tmp_path.iterdir()} == {f"{case}_summary.json", "results.csv"}


def test_a_scenes_volumes_are_not_taken_for_cases(head_study: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(head_study, tmp_path / "study"))
    out = study / "maps"
    case = run(study, out, "--outputs", "slicer,summary", "--threshold", "0.3")
    assert run(study, out, "--outputs", "slicer,summary", "--threshold", "0.3") == case


def test_a_picture_has_no_scene(tmp_path: Path) -> None:
    picture = tmp_path / "frame.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)).save(picture)
    assert main(["infer", str(picture), "--domain", "colonoscopy", "-o", str(tmp_path / "out")]) == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert not written & set(SLICER.file_names("frame").values())
    summary = json.loads((tmp_path / "out" / "frame_summary.json").read_text(encoding="utf-8"))
    assert summary["warnings"] and not any("slicer" in line for line in summary["warnings"])


def test_a_narrow_map_has_the_colours_of_the_preview(head_study: Path, tmp_path: Path) -> None:
    shape = read_volume(str(head_study)).array.shape[1:]
    values = np.random.default_rng(0).uniform(0.5, 0.52, shape).astype(np.float32)
    write_outputs(view_of(str(head_study), values), choose_outputs("slicer"), tmp_path, 0.0, progress=False)
    nodes = {node.get("id"): node for node in ElementTree.parse(tmp_path / "a case.mrml").getroot()}
    shows = nodes["vtkMRMLScalarVolumeDisplayNode2"]
    scale = own_scale(values)
    assert float(shows.get("window")) == pytest.approx(scale.high - scale.low)
    assert float(shows.get("lowerThreshold")) == pytest.approx(0.51, abs=1e-3)
    assert scale.note in nodes["vtkMRMLScalarVolumeNode2"].get("description")


@pytest.mark.parametrize(
    ("change", "reason"), [("gone", "cannot be read again"), ("other", "has changed since it was scored")]
)
def test_a_source_that_changed_costs_only_the_scene(
    change: str, reason: str, head_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acd_monai.reports.outputs import slicer

    study = Path(shutil.copytree(head_study, tmp_path / "study"))

    def read_later(*arguments: object, **more: object) -> object:
        if change == "gone":
            shutil.rmtree(study)
        else:
            for file in study.iterdir():
                header = pydicom.dcmread(file)
                header.ImagePositionPatient[0] += 1
                header.save_as(file)
        return read_volume(*arguments, **more)

    monkeypatch.setattr(slicer, "read_volume", read_later)
    case = run(study, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / f"{case}_summary.json").read_text(encoding="utf-8"))
    assert any(line.startswith("no slicer output: ") and reason in line for line in summary["warnings"])
    assert set(summary["outputs"]) == {"anomaly_map", "preview", "page", "summary"}
