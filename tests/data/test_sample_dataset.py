"""Items of labelled images, and how they are batched and shared out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from acd_monai.data import FileBatches, Sample, SampleDataset, sample_items, share_of_this_process
from acd_monai.data.case_dataset import FAILURE
from acd_monai.errors import ConfigError, InputError


def test_items_come_class_by_class_with_their_nouns() -> None:
    root = Path("data").absolute()
    samples = [
        Sample(root / "b" / "1.png", 0, "b", None, "1"),
        Sample(root / "a" / "2.png", 1, "a", root / "m" / "2.png", "2"),
        Sample(root / "b" / "3.png", 1, "b", None, "3"),
        Sample(root / "a" / "4.png", 0, "a", None, "4"),
        Sample(root / "a" / "5.png", 1, "a", None, "5"),
    ]
    items = sample_items(samples, ["a", "b"], "data")
    assert [item["name"] for item in items] == ["a/2.png", "a/4.png", "a/5.png", "b/1.png", "b/3.png"]
    assert [item["noun_index"] for item in items] == [0, 0, 0, 1, 1]
    # Class b has no mask at all, and image 5 none of its own: their pixels are unknown, not normal.
    assert [item["masked"] for item in items] == [True, True, False, False, False]


def test_a_volume_is_a_batch_by_itself() -> None:
    names = ["1.png", "2.png", "3.png", "v.nii.gz", "4.jpg", "w.nrrd", "5.png", "6.png"]
    batches = list(FileBatches([{"image": name} for name in names], 2))
    assert batches == [[0, 1], [2], [3], [4], [5], [6, 7]]
    assert len(FileBatches([], 2)) == 0


def test_an_item_that_fails_keeps_what_is_known_of_it() -> None:
    def fail(item: dict) -> dict:
        raise InputError(f"{item['image']}: cut off")

    item = SampleDataset([{"image": "x.png", "name": "x", "class_name": "a"}], fail)[0]
    assert item[FAILURE] == "x.png: cut off"
    assert item["class_name"] == "a"


def test_every_process_needs_an_item(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("is_initialized", True), ("get_world_size", 3), ("get_rank", 1)):
        monkeypatch.setattr(torch.distributed, name, lambda value=value: value)
    assert share_of_this_process(range(7)) == [1, 4]
    assert share_of_this_process([]) == []
    with pytest.raises(ConfigError, match="3 processes for 2 images"):
        share_of_this_process(range(2))


def test_a_root_above_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    items = sample_items([Sample(tmp_path / "data" / "1.png", 0, "a")], ["a"], "../data")
    assert items[0]["name"] == "1.png"


def test_a_root_that_is_not_above() -> None:
    with pytest.raises(ValueError, match="not in the subpath"):
        sample_items([Sample(Path("/elsewhere/1.png"), 0, "a")], ["a"], "data")
