"""Two processes give the figures of one, ties included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.distributed
import torch.multiprocessing

from acd_monai.metrics import (
    CaseSketches,
    ExactScores,
    FalsePositiveCurve,
    ImageAUROC,
    ImageF1Max,
    OverlapAtThreshold,
    PixelAUROC,
    ScoreHistogram,
    bootstrap_pixels,
)
from tests.metrics.synthetic_maps import MapAndMask, make_maps


def measure(maps: list[tuple[str, MapAndMask]]) -> list[float]:
    """Every figure there is, of this process's maps and those of all others."""
    streaming, exact, sketches, curve = ScoreHistogram(), ExactScores(), CaseSketches(), FalsePositiveCurve()
    metrics = [ImageAUROC(), ImageF1Max(), OverlapAtThreshold(0.5), PixelAUROC(mode="exact")]
    for case, (anomaly_map, mask) in maps:
        streaming.update(anomaly_map, mask)
        exact.update(anomaly_map, mask)
        sketches.add(case, anomaly_map, mask)
        curve.update(anomaly_map, 1.0)
        score, label = torch.tensor([anomaly_map[9, 9].round(1)]), torch.tensor([int(case != "case 0")])
        for metric in metrics[:2]:
            metric(score, label)
        for metric in metrics[2:]:
            metric(torch.from_numpy(anomaly_map)[None, None], torch.from_numpy(mask)[None, None])
    figures = streaming.all_reduce().figures()
    resamples = bootstrap_pixels(sketches.all_gather(), figures, draws=20)
    return [
        *(value for one in (figures, exact.all_reduce().figures()) for value in (*one[:5], *one.error_bound)),
        *(value for one in resamples for value in (*one.interval, *one.draws)),
        *(curve.all_reduce().threshold(50.0) for _ in range(2)),  # asking must not add
        *(metric.aggregate() for metric in metrics),
    ]


def named_maps() -> list[tuple[str, MapAndMask]]:
    maps = make_maps("ties", count=4, side=32) + make_maps("softmax", count=3, side=32, seed=1)
    return [(f"case {number % 3}", one) for number, one in enumerate(maps)]


def one_of_two(rank: int, folder: str, first: int) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/{first}", rank=rank, world_size=2)
    share = named_maps()[:first] if rank == 0 else named_maps()[first:]
    np.save(f"{folder}/{first}_{rank}.npy", measure(share))
    torch.distributed.destroy_process_group()


def test_two_processes_are_as_one(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(one_of_two, args=(str(tmp_path), 5), nprocs=2)
    wanted = measure(named_maps())
    assert np.isfinite(wanted).all() and wanted[-4] not in (0.0, 1.0)
    for rank in (0, 1):
        np.testing.assert_allclose(np.load(tmp_path / f"5_{rank}.npy"), wanted, rtol=0, atol=1e-12)
