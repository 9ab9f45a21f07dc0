from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.transforms import Compose

from acd_monai.inferers import SliceAnomalyInferer
from acd_monai.reports import hash_of
from acd_monai.reports.fingerprint import describe
from acd_monai.transforms import ScaleMRd, SlicePlaned, WindowCTd


def test_components_by_class_and_parameters() -> None:
    chain = Compose([SlicePlaned("image", "axial"), WindowCTd("image", 40, 400)])
    assert hash_of(chain) == hash_of(Compose([SlicePlaned("image", "axial"), WindowCTd("image", 40, 400)]))
    others = [
        Compose([SlicePlaned("image", "coronal"), WindowCTd("image", 40, 400)]),
        Compose([SlicePlaned("image", "axial"), WindowCTd("image", 40, 350)]),
        Compose([SlicePlaned("image", "axial"), ScaleMRd("image")]),
        Compose([WindowCTd("image", 40, 400), SlicePlaned("image", "axial")]),
    ]
    assert len({hash_of(other) for other in [chain, *others]}) == 5
    assert hash_of(ScaleMRd("image", 1)) != hash_of(ScaleMRd("image", 2))


def test_the_inferer_counts_by_what_changes_a_map() -> None:
    assert hash_of(SliceAnomalyInferer(8)) == hash_of(SliceAnomalyInferer(2, progress=True))
    for changed in ({"fit": "squash"}, {"slice_sigma": 1.0}, {"precision": "bf16"}, {"min_foreground": 0.5}):
        assert hash_of(SliceAnomalyInferer(8)) != hash_of(SliceAnomalyInferer(8, **changed))


@pytest.mark.parametrize(
    "value",
    [None, True, 1.5, "a", Path("a"), np.float32(2), torch.float16, torch.device("cpu"), {1: {2, 3}}, range(3),
     np.arange(3), torch.arange(3), len, np.random.RandomState(0), partial(max, key=len), object()],
)  # fmt: skip
def test_anything_can_be_described(value: object) -> None:
    assert json.dumps(describe(value)) == json.dumps(describe(value))
    assert " at 0x" not in json.dumps(describe(value))


def test_what_holds_itself_has_an_end() -> None:
    value: list = [1]
    value.append(value)
    assert describe(value) == [1, "…"]
