"""The metrics inside MONAI's handlers give what the plain functions give."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ignite.engine import Engine
from monai.data import MetaTensor
from monai.handlers import IgniteMetricHandler

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics import (
    ImageAUROC,
    ImageAveragePrecision,
    ImageF1Max,
    OverlapAtThreshold,
    PixelAUPRO,
    PixelAUROC,
    PixelAveragePrecision,
    PixelF1Max,
    aupro,
    count_overlap,
    overlap_figures,
    rank_figures,
)
from tests.metrics.synthetic_maps import make_maps


def run(metrics: dict, batches: list) -> dict[str, float]:
    engine = Engine(lambda _, batch: batch)
    for name, metric in metrics.items():
        IgniteMetricHandler(metric_fn=metric, save_details=True).attach(engine, name)
    engine.run(batches, max_epochs=2)  # the second epoch must not add to the first
    return engine.state.metrics


def test_image_metrics() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 50)
    scores = (rng.random(50) + 0.3 * labels).round(2).astype(np.float32)
    y_pred, y = torch.from_numpy(scores), torch.from_numpy(labels)
    batches = [
        (y_pred[:20], y[:20]),
        (y_pred[20:40, None], y[20:40, None]),
        ([MetaTensor(one) for one in y_pred[40:]], [one[None] for one in y[40:]]),
    ]
    found = run({"auroc": ImageAUROC(), "ap": ImageAveragePrecision(), "f1": ImageF1Max()}, batches)
    assert tuple(found.values()) == pytest.approx(rank_figures(scores, labels)[:3], abs=1e-12)


@pytest.mark.parametrize("mode", ["streaming", "exact"])
def test_pixel_metrics_share_one_set_of_scores(mode: str) -> None:
    maps = make_maps("ties", count=6, side=32)
    scores, masks = (torch.from_numpy(np.stack(part))[:, None] for part in zip(*maps, strict=True))
    batches = [(scores[:4], masks[:4]), (list(scores[4:]), [MetaTensor(mask.float()) for mask in masks[4:]])]
    first = PixelAUROC(mode=mode)
    metrics = {"auroc": first, "ap": PixelAveragePrecision(of=first), "f1": PixelF1Max(of=first)}
    found = run({**metrics, "aupro": PixelAUPRO(of=first, limit=0.2)}, batches)
    wanted = *rank_figures(scores, masks)[:3], aupro(scores[:, 0], masks[:, 0], limit=0.2)
    assert tuple(found.values()) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("figure", ["dice", "iou"])
def test_overlap(figure: str) -> None:
    maps = make_maps("softmax", count=5, side=32)
    scores, masks = (torch.from_numpy(np.stack(part))[:, None] for part in zip(*maps, strict=True))
    found = run(
        {figure: OverlapAtThreshold(0.6, figure)}, [(scores[:3], masks[:3]), (list(scores[3:]), list(masks[3:]))]
    )
    assert found[figure] == getattr(overlap_figures(count_overlap(scores, masks, 0.6)), figure)


def test_nothing_seen_is_undefined() -> None:
    assert np.isnan(
        [ImageAUROC().aggregate(), OverlapAtThreshold(0.5).aggregate(), PixelAUPRO(mode="exact").aggregate()]
    ).all()


def test_what_is_refused() -> None:
    with pytest.raises(AcdMonaiError, match=r"scores of shape \(2, 3\) and labels of shape \(2,\)"):
        ImageAUROC()(torch.ones(2, 3), torch.ones(2))
    with pytest.raises(AcdMonaiError, match="2 anomaly maps and 1 masks"):
        PixelAUROC(mode="exact")(torch.ones(2, 1, 4, 4), torch.ones(1, 1, 4, 4))
    with pytest.raises(ConfigError, match="'jaccard'; wanted one of dice, iou"):
        OverlapAtThreshold(0.5, "jaccard")
    with pytest.raises(ConfigError, match="limit is 2"):
        PixelAUPRO(limit=2)
