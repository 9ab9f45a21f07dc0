"""Videos through the whole bundle, from the command line and from MONAI's."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from PIL import Image

from acd_monai.bundle import DOMAINS
from acd_monai.cli import main
from acd_monai.networks import AnomalyDetector, Prediction
from tests.data.video_files import numbered_frames, write_video


def brightness(self: AnomalyDetector, image: torch.Tensor, noun_index: object = None) -> Prediction:
    return Prediction(image.amax(dim=(1, 2, 3)), image.mean(dim=1, keepdim=True))


def film(folder: Path) -> Path:
    """Eight seconds at 5 frames per second; a square lights up at 3 s, a weaker one in the corner at 6.2 s."""
    frames = [np.full((60, 80, 3), 60, dtype=np.uint8) for _ in range(40)]
    frames[15][20:30, 40:60] = 250
    frames[31][50:, :16] = 200
    return write_video(folder / "film.avi", frames, rate=5)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_bright_moment_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnomalyDetector, "predict", brightness)
    out = tmp_path / "out"
    assert main(["infer", str(film(tmp_path)), "--domain", "colonoscopy", "--fps", "5", "-o", str(out)]) == 0
    (row,) = rows_of(out / "results.csv")
    assert (row["case"], row["status"], row["top_slice"], row["map"]) == ("film", "ok", "2", "film_anomaly.nii.gz")
    timeline = rows_of(out / "film_timeline.csv")
    assert [line["frame_index"] for line in timeline] == [str(number) for number in range(40)]
    assert max(timeline, key=lambda line: float(line["score"]))["time_s"] == "3.000"

    summary = json.loads((out / "film_summary.json").read_text(encoding="utf-8"))
    assert summary["source"]["kind"] == "video" and summary["source"]["shape"] == [80, 60, 4]
    video = summary["video"]
    assert (video["file_fps"], video["fps"], video["duration_s"], video["frames_scored"]) == (5, 5, 8, 40)
    by_score = sorted(video["top_frames"], key=lambda frame: -frame["score"])
    assert [(frame["time_s"], frame["frame_index"]) for frame in by_score[:2]] == [(3.0, 15), (6.2, 31)]
    assert [frame["slice"] for frame in video["top_frames"]] == [0, 1, 2, 3]
    assert video["top_frames"] == sorted(video["top_frames"], key=lambda frame: frame["time_s"])
    assert summary["component_count"] == 2 and "total_area_px" in summary

    image = nib.load(out / "film_anomaly.nii.gz")
    assert image.shape == (80, 60, 4)
    np.testing.assert_array_equal(image.affine, np.diag([-1.0, -1.0, 1.0, 1.0]))
    bright = np.argwhere(image.get_fdata()[..., by_score[0]["slice"]] > 0.6)
    assert np.abs(bright.min(axis=0) - (40, 20)).max() <= 1 and np.abs(bright.max(axis=0) - (59, 29)).max() <= 1
    assert all((out / name).is_file() for name in summary["outputs"].values())
    for name in ("film_preview.png", "film_timeline.png"):
        with Image.open(out / name) as picture:
            assert min(picture.size) > 300


def test_bad_videos_among_a_good_one_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnomalyDetector, "predict", brightness)
    inputs = tmp_path / "in"
    inputs.mkdir()
    content = film(inputs).read_bytes()
    (inputs / "cut.avi").write_bytes(content[: len(content) // 2])
    (inputs / "text.mp4").write_text("no video")
    Image.new("RGB", (50, 40), "white").save(inputs / "picture.png")
    out = tmp_path / "out"
    assert main(["infer", str(inputs), "--domain", "brain_mri", "-o", str(out)]) == 1
    rows = {row["case"]: row for row in rows_of(out / "results.csv")}
    assert {name: row["status"] for name, row in rows.items()} == {
        "film": "ok", "cut": "failed", "text": "failed", "picture": "ok",
    }  # fmt: skip
    assert "cut.avi" in rows["cut"]["reason"] and "cut off" in rows["cut"]["reason"]
    assert not list(out.glob("cut*")) and not list(out.glob("text*")) and not list(out.glob(".tmp*"))
    assert len(rows_of(out / "film_timeline.csv")) == 8


def test_a_video_of_one_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.mp4", numbered_frames(1), "libx264", "yuv420p")
    assert main(["infer", str(path), "--domain", "colonoscopy", "-o", str(tmp_path / "out")]) == 0
    assert nib.load(tmp_path / "out" / "one_anomaly.nii.gz").shape == (64, 48, 1)


def test_a_dark_video(tmp_path: Path) -> None:
    path = write_video(tmp_path / "dark.avi", [np.zeros((48, 64, 3), dtype=np.uint8)] * 30)
    assert main(["infer", str(path), "--domain", "colonoscopy", "-o", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "dark_summary.json").read_text(encoding="utf-8"))
    assert summary["case_score"] is None and "too dark" in summary["warnings"][-1]


def test_the_same_through_monai(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", str(DOMAINS.find("colonoscopy"))]
    command += ["--dataset_dir", str(film(tmp_path)), "--fps", "2"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    timeline = rows_of(tmp_path / "anomaly_maps" / "film_timeline.csv")
    assert [line["frame_index"] for line in timeline][:4] == ["0", "3", "5", "8"]


def test_fps_is_checked(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    arguments = ["infer", str(film(tmp_path)), "--domain", "colonoscopy", "--fps", "0", "-o", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "fps is 0.0" in capfd.readouterr().err
