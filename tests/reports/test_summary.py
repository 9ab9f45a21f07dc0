from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from acd_monai.data.volume import Volume
from acd_monai.reports import CaseSummary, SliceScores, Source, Threshold, find_components, write_summary

AFFINE = np.diag((-0.5, -0.5, 3.0, 1.0))


def write_and_load(folder: Path, kind: str = "volume", **changed: object) -> dict:
    anomaly_map = np.zeros((6, 5, 4 if kind == "volume" else 1), dtype=np.float32)
    anomaly_map[1:3, 1:4, 0] = 0.7
    affine = AFFINE if kind == "volume" else np.eye(4)
    volume = Volume(anomaly_map[None], affine, kind, "MR" if kind == "volume" else "")  # type: ignore[arg-type]
    content: dict = {
        "case": "Ångström",
        "case_score": np.float32(0.87),
        "threshold": Threshold(0.5, "given"),
        "slices": SliceScores("axial", 2, np.array([0.87, np.nan, 0.1, 0.2], dtype=np.float32)),
        "components": find_components(anomaly_map, affine, 0.5),
        "source": Source.of(volume),
        "domain": "brain_mri",
        "model": {"method": "acd_clip", "trained": np.bool_(False), "settings": {"depths": np.array([6, 12])}},
        "seconds": 1.5,
        "warnings": ("untrained",),
        "outputs": {"map": Path("map.nii.gz")},
    }
    write_summary(CaseSummary(**(content | changed)), folder / "summary.json")
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def test_a_volume(tmp_path: Path) -> None:
    loaded = write_and_load(tmp_path)

    assert loaded["notice"] == "Research use only, not for diagnosis."
    assert (loaded["case"], loaded["case_score"]) == ("Ångström", 0.87)
    assert loaded["slices"] == {"plane": "axial", "source_axis": 2, "scores": [0.87, None, 0.1, 0.2], "skipped": 1}
    top = loaded["most_anomalous_slices"]
    assert [item["index"] for item in top] == [0, 3, 2]
    assert top[1]["position_mm"] == [-1.25, -1.0, 9.0]
    assert (loaded["component_count"], loaded["total_volume_mm3"]) == (1, pytest.approx(4.5))
    component = loaded["components"][0]
    assert (component["voxels"], component["volume_mm3"], component["peak"]) == (
        6,
        pytest.approx(4.5),
        pytest.approx(0.7),
    )
    assert component["centroid_mm"] == [-0.75, -1.0, 0.0]
    assert component["peak_voxel"] == [1, 1, 0]
    assert loaded["model"] == {"method": "acd_clip", "trained": False, "settings": {"depths": [6, 12]}}
    assert loaded["source"] == {
        "modality": "MR",
        "kind": "volume",
        "shape": [6, 5, 4],
        "affine": AFFINE.tolist(),
        "voxel_size_mm": [0.5, 0.5, 3.0],
    }
    assert loaded["versions"]["numpy"] == np.__version__
    assert set(loaded["versions"]) >= {"acd_monai", "monai", "torch", "nibabel", "pydicom", "open_clip", "python"}
    assert (loaded["warnings"], loaded["outputs"]) == (["untrained"], {"map": "map.nii.gz"})


def test_a_frame_has_pixels_and_no_millimetres(tmp_path: Path) -> None:
    loaded = write_and_load(tmp_path, kind="frame", slices=SliceScores("frame", 2, [0.7]))

    assert loaded["components"] == [
        {"area_px": 6, "centroid_px": [1.5, 2.0], "peak": pytest.approx(0.7), "peak_px": [1, 1]}
    ]
    assert loaded["total_area_px"] == 6
    assert loaded["most_anomalous_slices"] == [{"index": 0, "score": 0.7}]
    assert loaded["source"]["modality"] is None
    assert "mm" not in (tmp_path / "summary.json").read_text().replace("acd_monai", "")


def test_undefined_is_null(tmp_path: Path) -> None:
    loaded = write_and_load(tmp_path, case_score=float("nan"), seconds=np.float64("inf"))
    assert loaded["case_score"] is None and loaded["seconds"] is None


def test_a_value_without_a_json_word_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_and_load(tmp_path, model={"network": object()})
    assert list(tmp_path.iterdir()) == []
