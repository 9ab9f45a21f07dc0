"""Rows come back as they were put in, however often the arrays grew."""

from __future__ import annotations

import numpy as np
import torch

from acd_monai.metrics.growing_table import GrowingTable


def test_rows_and_their_images() -> None:
    rng = np.random.default_rng(0)
    table = GrowingTable(torch.float32, torch.int64)
    parts = [(torch.from_numpy(rng.random(n, dtype=np.float32)), torch.arange(n)) for n in (3, 0, 70_000, 1, 150_000)]
    for part in parts:
        table.append(*part)
    for column, wanted in zip(table.columns(), zip(*parts, strict=True), strict=True):
        assert torch.equal(column, torch.cat(wanted))
    np.testing.assert_array_equal(table.images().bincount(), [3, 0, 70_000, 1, 150_000])


def test_empty() -> None:
    table = GrowingTable(torch.float32)
    assert len(table.images()) == len(table.columns()[0]) == len(table.all_gather().columns()[0]) == 0
