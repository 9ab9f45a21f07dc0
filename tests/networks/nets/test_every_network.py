"""What holds for every method, whatever it does: types, ranges, mixed precision, frozen CLIP, plain settings."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
import torch

from acd_monai.networks import (
    ACDCLIP,
    APRILGAN,
    CLIPAD,
    AdaCLIP,
    AnomalyCLIP,
    AnomalyDetector,
    AnomalyNetwork,
    ClipBackbone,
    CLIPZeroShot,
    WinCLIP,
)
from tests.networks.nets.parity import overlay_prompts

CHOSEN = {"clip": "single", "win_clip": "paper"}
NETWORKS = {
    "acd_clip": [ACDCLIP],
    "ada_clip": [AdaCLIP],
    "anomaly_clip": [AnomalyCLIP],
    "april_gan": [APRILGAN],
    "clip": [CLIPZeroShot],
    "clip_ad": [CLIPAD, lambda backbone: CLIPAD(backbone, variant="sdp_plus")],
    "win_clip": [WinCLIP, lambda backbone: WinCLIP(backbone, "compatibility")],
}


@pytest.fixture(params=[(name, build) for name, builds in NETWORKS.items() for build in builds])
def detector(request: pytest.FixtureRequest, backbone: ClipBackbone) -> AnomalyDetector:
    name, build = request.param
    network: AnomalyNetwork = build(backbone)
    nouns: Sequence[str] = ("brain", "colon endoscopy image")
    return AnomalyDetector(network, nouns, overlay_prompts(name, CHOSEN.get(name))).eval()


def test_predictions_of_any_shape_and_precision(detector: AnomalyDetector) -> None:
    image, nouns = torch.rand(3, 3, 70, 98, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 0])
    for dtype in (None, torch.bfloat16):
        with torch.no_grad(), torch.autocast("cpu", dtype, enabled=dtype is not None):
            prediction = detector.predict(image, nouns)
        assert prediction.score.shape == (3,) and prediction.anomaly_map.shape == (3, 1, 70, 98)
        for values in prediction:
            assert values.dtype == torch.float32
            assert 0 <= values.min() <= values.max() <= 1


def test_only_what_is_added_is_trained(detector: AnomalyDetector) -> None:
    adapters = list(detector.network.adapters().parameters())
    trained = {id(value) for value in detector.parameters() if value.requires_grad}
    assert trained == {id(value) for value in adapters if value.requires_grad}
    with torch.autocast("cpu", torch.bfloat16):
        logits = detector.logits(torch.rand(2, 3, 70, 70), torch.tensor([0, 1]))
    assert logits.image.shape == (2, 2) and logits.pixel.shape[1:] == (2, 2, 5, 5)
    assert logits.image.dtype == logits.pixel.dtype == torch.float32
    if adapters:
        (logits.image.sum() + logits.pixel.square().sum()).backward()
        assert any(value.grad is not None and value.grad.abs().sum() > 0 for value in adapters)


def test_what_was_run_is_plain_values(detector: AnomalyDetector) -> None:
    described = detector.describe()
    assert json.loads(json.dumps(described)) == described
    assert len(described["weights"]["sha256"]) == 64
