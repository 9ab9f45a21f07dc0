"""The command line as a user meets it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom.data
import pytest
import torch
from PIL import Image

from acd_monai.cli import main
from acd_monai.data.synthetic import HeadPhantom, write_mr_series
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone, Prediction
from acd_monai.networks.checkpoints import export_official, read_adapters, write_adapters
from acd_monai.networks.shipped import DEMONSTRATION

PYDICOM_FILES = Path(pydicom.data.__file__).parent / "test_files"
NIBABEL_FILES = Path(nib.__file__).parent / "tests" / "data"


def rows_of(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def assert_on_the_grid_of(map_file: Path, source: nib.Nifti1Image) -> None:
    image = nib.load(map_file)
    assert image.shape == source.shape[:3]
    assert image.get_data_dtype() == np.float32
    np.testing.assert_allclose(image.affine, source.affine, atol=1e-4)
    values = image.get_fdata()
    assert np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1


def test_a_dicom_study(head: HeadPhantom, head_study: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    assert main(["infer", str(head_study), "--domain", "brain_mri", "-o", str(tmp_path)]) == 0
    assert DEMONSTRATION in "".join(capfd.readouterr())
    (case,) = rows_of(tmp_path)
    summary = json.loads((tmp_path / f"{case}_summary.json").read_text(encoding="utf-8"))
    assert summary["source"]["modality"] == "MR"
    assert summary["source"]["shape"] == list(head.volume.shape)
    np.testing.assert_allclose(summary["source"]["affine"], head.affine, atol=1e-4)
    assert summary["slices"]["source_axis"] == 2
    assert len(summary["slices"]["scores"]) == head.volume.shape[2]
    assert summary["case_score"] == max(filter(None, summary["slices"]["scores"]))
    assert DEMONSTRATION in summary["warnings"]
    assert summary["model"]["trained"] is True
    assert len(summary["model"]["weights"]["sha256"]) == 64
    assert_on_the_grid_of(tmp_path / f"{case}_anomaly.nii.gz", nib.Nifti1Image(head.volume, head.affine))
    with Image.open(tmp_path / f"{case}_preview.png") as preview:
        assert min(preview.size) > 300


@pytest.mark.parametrize(
    ("path", "domain", "cases"),
    [
        (PYDICOM_FILES / "CT_small.dcm", "liver_ct", 1),
        (PYDICOM_FILES / "MR_small.dcm", "brain_mri", 1),
        (NIBABEL_FILES / "anatomical.nii", "brain_mri", 1),
        (NIBABEL_FILES / "example4d.nii.gz", "brain_mri", 2),
    ],
)
def test_files_that_come_with_installed_packages(path: Path, domain: str, cases: int, tmp_path: Path) -> None:
    assert main(["infer", str(path), "--domain", domain, "-o", str(tmp_path)]) == 0
    rows = rows_of(tmp_path)
    assert len(rows) == cases
    for row in rows.values():
        assert row["status"] == "ok"
        if ".nii" in path.suffixes:
            assert_on_the_grid_of(tmp_path / row["map"], nib.load(path))


def test_frames_lie_on_their_stored_pixels(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    for name in ("a.png", "b.jpg", "c.tiff", "d.bmp"):
        Image.fromarray(picture).save(frames / name)
    assert main(["infer", str(frames), "--domain", "colonoscopy", "-o", str(tmp_path / "out")]) == 0
    rows = rows_of(tmp_path / "out")
    assert sorted(rows) == ["a", "b", "c", "d"]
    image = nib.load(tmp_path / "out" / rows["a"]["map"])
    assert image.shape == (60, 40, 1)
    np.testing.assert_array_equal(image.affine, np.diag([-1.0, -1.0, 1.0, 1.0]))
    summary = json.loads((tmp_path / "out" / "a_summary.json").read_text(encoding="utf-8"))
    assert summary["source"]["kind"] == "frame" and "total_area_px" in summary


def test_a_bad_case_among_good_ones(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    shutil.copy(NIBABEL_FILES / "anatomical.nii", inputs / "good.nii")
    (inputs / "bad.nii.gz").write_bytes(b"this is not a volume")
    Image.new("RGB", (50, 40)).save(inputs / "fine.png")
    assert main(["infer", str(inputs), "--domain", "brain_mri", "-o", str(tmp_path / "out")]) == 1
    rows = rows_of(tmp_path / "out")
    assert {name: row["status"] for name, row in rows.items()} == {"bad": "failed", "fine": "ok", "good": "ok"}
    assert rows["bad"]["reason"] and not rows["bad"]["map"]
    assert "1 of 3 cases failed (bad)" in capfd.readouterr().err
    assert not list((tmp_path / "out").glob("bad*")) and not list((tmp_path / "out").glob(".tmp*"))


MARKER = (slice(8, 13), slice(33, 41), slice(2, 4))


def marker_volume() -> np.ndarray:
    """A block off every axis of symmetry, in a head of noise."""
    array = np.zeros((40, 52, 9), dtype=np.float32)
    array[4:36, 5:47, 1:8] = 50 + np.random.default_rng(0).integers(0, 2, (32, 42, 7))
    array[MARKER] = 250
    return array


def world_of(voxels: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Sorted millimetres of voxel centres."""
    points = np.round(voxels @ affine[:3, :3].T + affine[:3, 3], 2) + 0.0
    return points[np.lexsort(points.T)]


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal", "acquisition", "stored"])
@pytest.mark.parametrize("form", ["nifti", "dicom", "tilted dicom"])
def test_the_marker_comes_back_to_its_place(
    form: str, plane: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through reader, slicing, batches, resizing and inversion: what is bright lies where the source has it."""
    array = marker_volume()
    affine = np.array([[0, 0.6, 5, -30], [-1.2, 0, 0, 60], [0, 0.9, -2, 10], [0, 0, 0, 1.0]])
    if form == "nifti":
        source = tmp_path / "marker.nii.gz"
        nib.save(nib.Nifti1Image(array, affine), source)
    else:
        source = tmp_path / "study"
        turn = np.array([[0.0, 0.6, 0.8], [-1, 0, 0], [0, -0.8, 0.6]])
        affine[:3, :3] = turn @ np.diag([1.2, 0.9, 5.0])
        if form == "tilted dicom":
            affine[:3, 2] += 1.7 * turn[:, 1]
        write_mr_series(array, affine, source)

    def brightness(self: AnomalyDetector, image: torch.Tensor, noun_index: object = None) -> Prediction:
        return Prediction(image.amax(dim=(1, 2, 3)), image.mean(dim=1, keepdim=True))

    monkeypatch.setattr(AnomalyDetector, "predict", brightness)
    out = tmp_path / "out"
    assert main(["infer", str(source), "--domain", "brain_mri", "--plane", plane, "-o", str(out)]) == 0
    (map_file,) = out.glob("*_anomaly.nii.gz")
    image = nib.load(map_file)
    found = np.argwhere(image.get_fdata() > 0.6)
    want = np.argwhere(array == 250)
    np.testing.assert_allclose(world_of(found, image.affine), world_of(want, affine), atol=0.02)
    (summary_file,) = out.glob("*_summary.json")
    summary = json.loads(summary_file.read_text(encoding="utf-8"))
    axis = summary["slices"]["source_axis"]
    assert found[:, axis].min() <= summary["most_anomalous_slices"][0]["index"] <= found[:, axis].max()
    if form == "tilted dicom":
        assert any("shear" in line for line in summary["warnings"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--domain", "brain_mri"], "nowhere: no such file or folder"),
        (["{empty}", "--domain", "brain_mri"], "the folder is empty"),
        (["{text}", "--domain", "brain_mri"], "no image found among 1 files"),
        (["{empty}", "--domain", "brain_mir"], "did you mean brain_mri"),
        (["{empty}", "--domain", "zzz"], "wanted one of brain_mri, colonoscopy, industrial, liver_ct, retina_oct"),
        (["{nifti}", "--domain", "brain_mri", "--method", "acdclip"], "did you mean acd_clip"),
        (["{nifti}", "--domain", "brain_mri", "--backbone", "vit_l"], "did you mean vit_l_14_336"),
        (["{nifti}", "--domain", "brain_mri", "--threshold", "1.5"], "threshold is 1.5"),
        (["{nifti}", "--domain", "brain_mri", "--plane", "axal"], "plane is 'axal'"),
        (["{nifti}", "--domain", "brain_mri", "--noun", " "], "the noun is blank"),
        (["{nifti}", "--domain", "brain_mri", "--noun", "scan " * 90], "CLIP reads 77; use a shorter noun"),
        (
            ["{nifti}", "--domain", "brain_mri", "--n-groups", "5"],
            "embedded_acd_clip.safetensors holds 4 groups; leave n_groups out",
        ),
        (
            ["{nifti}", "--domain", "brain_mri", "--method", "win-clip", "--n-groups", "2"],
            "--n-groups is no option of win_clip; the methods that have it: acd_clip",
        ),
        (
            ["{nifti}", "--domain", "brain_mri", "--temperature", "0.1"],
            "--temperature is no option of acd_clip; the methods that have it: anomaly_clip, win_clip",
        ),
        (["{nifti}", "--domain", "brain_mri", "--method", "win_clip", "--mode", "fast"], "mode is 'fast'"),
        (["{nifti}", "--domain", "brain_mri", "--device", "gpu0"], "device 'gpu0' cannot be used here"),
        (["{nifti}", "--domain", "brain_mri", "--weights", "missing.pth"], "no weights file at missing.pth"),
        (["{nifti}", "--domain", "brain_mri", "--precision", "fp8"], "wanted one of fp32, bf16, fp16"),
        (["{nifti}", "--domain", "brain_mri", "--batch-size", "0"], "batch_size is 0"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "notes.txt").write_text("no image")
    places = {"empty": tmp_path / "empty", "text": tmp_path / "text", "nifti": NIBABEL_FILES / "anatomical.nii"}
    filled = [argument.format(**places) for argument in arguments]
    assert main(["infer", *filled, "-o", str(tmp_path / "out")]) == 2
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("acd-monai: ")]
    assert len(lines) == 1 and message in lines[0]


def test_an_output_folder_that_cannot_be_made(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    source = str(NIBABEL_FILES / "anatomical.nii")
    assert main(["infer", source, "--domain", "brain_mri", "-o", str(tmp_path / "file" / "out")]) == 2
    assert "cannot make the output folder" in capfd.readouterr().err


@pytest.mark.parametrize("odd", ["$__import__('os').mkdir('pwned')", "@domain", "%x", "a#b", "ö & ü (2)"])
def test_what_a_user_types_is_never_evaluated(odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(odd).mkdir()
    shutil.copy(NIBABEL_FILES / "anatomical.nii", Path(odd) / "scan.nii")
    arguments = ["infer", odd, "--domain", "brain_mri", "--noun", f"{odd} scan", "-o", f"{odd} maps"]
    assert main(arguments) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([odd, f"{odd} maps"])
    summary = json.loads((tmp_path / f"{odd} maps" / "scan_summary.json").read_text(encoding="utf-8"))
    assert summary["model"]["nouns"] == [f"{odd} scan"]


def test_one_volume_of_a_4d_file(tmp_path: Path) -> None:
    source = f"{NIBABEL_FILES / 'example4d.nii.gz'}#volume=1"
    assert main(["infer", source, "--domain", "brain_mri", "-o", str(tmp_path)]) == 0
    assert list(rows_of(tmp_path)) == ["example4d_v001"]


def test_half_precision_is_close(tmp_path: Path) -> None:
    source = str(NIBABEL_FILES / "anatomical.nii")
    maps = []
    for precision in ("fp32", "bf16"):
        out = tmp_path / precision
        assert main(["infer", source, "--domain", "brain_mri", "--precision", precision, "-o", str(out)]) == 0
        maps.append(nib.load(out / "anatomical_anomaly.nii.gz").get_fdata())
    assert np.abs(maps[0] - maps[1]).max() < 0.003
    assert not np.array_equal(*maps)


def test_a_single_slice_in_any_axis_is_cut_in_its_own_plane(tmp_path: Path) -> None:
    array = np.random.default_rng(0).random((40, 50), dtype=np.float32)
    for axis, plane in enumerate(("sagittal", "coronal", "axial")):
        source = tmp_path / f"thin{axis}.nii.gz"
        nib.save(nib.Nifti1Image(np.expand_dims(array, axis), np.eye(4)), source)
        assert main(["infer", str(source), "--domain", "brain_mri", "-o", str(tmp_path / "out")]) == 0
        summary = json.loads((tmp_path / "out" / f"thin{axis}_summary.json").read_text(encoding="utf-8"))
        assert summary["slices"]["plane"] == plane
        assert summary["slices"]["source_axis"] == axis
        assert len(summary["slices"]["scores"]) == 1


def test_export_never_overwrites_its_source(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    write_adapters(tmp_path / "made.safetensors", ACDCLIP(backbone, 2).adapters().state_dict(), {})
    export_official(read_adapters(tmp_path / "made.safetensors"), tmp_path / "adapter.pth")
    before = (tmp_path / "adapter.pth").read_bytes()
    assert main(["export-weights", str(tmp_path / "adapter.pth")]) == 2
    assert "is the source itself" in capfd.readouterr().err
    assert (tmp_path / "adapter.pth").read_bytes() == before
    assert main(["export-weights", str(tmp_path / "made.safetensors"), "-o", str(tmp_path / "x.safetensors")]) == 2


def test_lists(capsys: pytest.CaptureFixture) -> None:
    for kind, name in (("domains", "brain_mri"), ("methods", "acd_clip"), ("backbones", "vit_l_14_336")):
        assert main([kind]) == 0
        assert name in capsys.readouterr().out


def test_weights_in_and_out_and_in_use(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    backbone = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    state = ACDCLIP(backbone, 3, seed=5).adapters().state_dict()
    write_adapters(tmp_path / "made.safetensors", state, {"epoch": 20})
    export_official(read_adapters(tmp_path / "made.safetensors"), tmp_path / "adapter_20.pth")

    assert main(["import-weights", str(tmp_path / "adapter_20.pth")]) == 0
    assert "N 3, kernels 3+5, rank 16" in capsys.readouterr().out
    assert main(["export-weights", str(tmp_path / "adapter_20.safetensors"), "-o", str(tmp_path / "back.pth")]) == 0
    first, second = (torch.load(tmp_path / name, weights_only=True) for name in ("adapter_20.pth", "back.pth"))
    for tower in ("text_adapter", "image_adapter"):
        assert all(torch.equal(first[tower][name], second[tower][name]) for name in first[tower])
    assert first["epoch"] == second["epoch"] == 20

    source = str(NIBABEL_FILES / "anatomical.nii")
    weights = str(tmp_path / "adapter_20.safetensors")
    assert main(["infer", source, "--domain", "brain_mri", "--weights", weights, "-o", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "anatomical_summary.json").read_text(encoding="utf-8"))
    assert summary["model"]["settings"]["n_groups"] == 3
    assert summary["model"]["weights"]["source"] == "adapter_20.safetensors"
    assert main(["import-weights", str(tmp_path / "nothing.pth")]) == 2


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        (["infer", "x", "--domain", "brain_mri", "-o", "out"], "does the rest"),
        (["train", "industrial", "--data", "x", "-o", "out"], "does the rest"),
        (["evaluate", "mvtec", "--data", "x"], "begins anew"),
    ],
)
def test_after_ctrl_c_it_says_what_the_same_command_does(
    arguments: list[str], rest: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("acd_monai.bundle.run_bundle", interrupt)
    assert main(arguments) == 130
    assert capsys.readouterr().err == f"acd-monai: stopped by Ctrl-C; the same command {rest}\n"
