"""A slice is resized once for each size, and the square that is kept is the one that was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.inferers import KeptSquares
from acd_monai.inferers.fit import plan_fit


def test_networks_of_one_size_share_a_square(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resized = []
    real = F.interpolate

    def counting(*arguments: Any, **settings: Any) -> torch.Tensor:
        resized.append(arguments[1])
        return real(*arguments, **settings)

    slices = torch.rand(2, 1, 30, 50, generator=torch.Generator().manual_seed(0))
    plans = {size: plan_fit("pad", (30, 50), (1.0, 1.0), size) for size in (20, 40)}
    want = {size: plan.apply(slices) for size, plan in plans.items()}
    monkeypatch.setattr(F, "interpolate", counting)
    for size in (20, 40, 20, 40):  # four methods, each with its own store on the same folder
        squares = KeptSquares(tmp_path).apply(plans[size], slices, "a.png", [0, 1])
        assert torch.equal(squares, want[size])
    assert resized == [(12, 20), (24, 40)]
    KeptSquares(tmp_path).apply(plans[20], slices, "a.png", [2, 3])
    KeptSquares(tmp_path).apply(plans[20], slices, "b.png", [0, 1])
    KeptSquares(tmp_path).apply(plan_fit("squash", (30, 50), (1.0, 1.0), 20), slices, "a.png", [0, 1])
    assert len(resized) == 5


def test_what_is_not_resized_is_not_kept(tmp_path: Path) -> None:
    slices = torch.rand(1, 3, 20, 20)
    assert torch.equal(KeptSquares(tmp_path).apply(plan_fit("pad", (20, 20), (1, 1), 20), slices, "a", [0]), slices)
    assert not list(tmp_path.iterdir())
