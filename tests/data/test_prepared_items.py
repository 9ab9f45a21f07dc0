"""Prepared images come back exactly, bytes as bytes, whatever they were made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from acd_monai.data import SampleDataset
from acd_monai.data.case_dataset import FAILURE
from acd_monai.data.prepared_items import PreparedItems
from acd_monai.errors import InputError

ITEM = {"image": "a.png", "mask": None, "name": "a", "label": 1}


def prepared(kind: str) -> dict:
    generator = np.random.default_rng(0)
    values = generator.integers(0, 256, (1, 9, 7, 2)).astype(np.float32) / np.float32(255)
    image = torch.from_numpy(values if kind == "frame" else values**2)
    affine = torch.diag(torch.tensor([2.0, 3.0, 4.0, 1.0], dtype=torch.float64))
    return {
        **ITEM,
        "image": MetaTensor(image, affine=affine, meta={"kind": kind}),
        "mask": MetaTensor((image > 0.5).float(), affine=affine, meta={"kind": kind}),
    }


@pytest.mark.parametrize("kind", ["frame", "volume"])
def test_items_come_back_exactly(kind: str, tmp_path: Path) -> None:
    kept, item = PreparedItems(tmp_path / "new"), prepared(kind)
    assert kept.read(ITEM) is None
    kept.write(ITEM, item)
    found = kept.read(ITEM)
    assert found is not None and found.keys() == item.keys()
    for key in ("image", "mask"):
        assert torch.equal(found[key].as_tensor(), item[key].as_tensor()) and found[key].dtype == torch.float32
        assert torch.equal(found[key].affine, item[key].affine) and found[key].meta["kind"] == kind
    assert kept.read({**ITEM, "mask": "m.png"}) is None
    (file,) = (tmp_path / "new").iterdir()
    with np.load(file) as arrays:
        assert (arrays["image"].dtype == np.uint8) == (kind == "frame")


def test_a_data_set_reads_each_once_and_a_bad_one_again(tmp_path: Path) -> None:
    read = []

    def transform(item: dict) -> dict:
        read.append(item["name"])
        if item["name"] == "bad":
            raise InputError("cut off")
        return prepared("frame")

    for _ in range(2):
        items = SampleDataset([ITEM, {**ITEM, "image": "b.png", "name": "bad"}], transform, tmp_path)
        assert items[0]["image"].shape == (1, 9, 7, 2) and items[1][FAILURE] == "cut off"
    assert read == ["a", "bad", "bad"]
