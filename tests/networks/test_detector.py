"""The detector: text once, free nouns, plain tensors out."""

from __future__ import annotations

import pytest
import torch

from acd_monai.data import PromptEnsemble
from acd_monai.errors import ConfigError
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone

PROMPTS = PromptEnsemble(["{}"], ["a damaged {}"], ["a photo of {}."])


@pytest.fixture
def detector(backbone: ClipBackbone) -> AnomalyDetector:
    return AnomalyDetector(ACDCLIP(backbone, 2), "scan", PROMPTS).eval()


def test_map_is_a_plain_tensor_in_range(detector: AnomalyDetector) -> None:
    anomaly_map = detector(torch.rand(2, 3, 70, 98))
    assert type(anomaly_map) is torch.Tensor
    assert anomaly_map.shape == (2, 1, 70, 98)
    assert 0 <= anomaly_map.min() <= anomaly_map.max() <= 1


def test_text_is_encoded_once_until_a_weight_changes(
    detector: AnomalyDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    encode = ACDCLIP.encode_text
    monkeypatch.setattr(ACDCLIP, "encode_text", lambda self, *s: calls.append(1) or encode(self, *s))
    image = torch.rand(1, 3, 70, 70)
    with torch.no_grad():
        before = detector(image)
        detector(image)
        assert len(calls) == 1
        detector.network.text_adapters[0].lora.up.mul_(3)
        after = detector(image)
        assert len(calls) == 2
        assert not torch.equal(before, after)
        detector.load_state_dict(detector.state_dict())
        detector(image)
    assert len(calls) == 3


def test_any_noun_a_user_types(backbone: ClipBackbone) -> None:
    nouns = ["left knee", "Schädel-CT", "a black zipper, slightly {open}"]
    detector = AnomalyDetector(ACDCLIP(backbone, 2), nouns, PROMPTS).eval()
    prediction = detector.predict(torch.rand(3, 3, 70, 70), torch.tensor([2, 0, 1]))
    assert prediction.score.shape == (3,)
    with pytest.raises(ConfigError, match="3 nouns"):
        detector(torch.rand(1, 3, 70, 70))


@pytest.mark.parametrize("index", [[1, 0], [-1], [3]])
def test_a_wrong_noun_index_is_refused(backbone: ClipBackbone, index: list[int]) -> None:
    detector = AnomalyDetector(ACDCLIP(backbone, 2), ["scan", "screw", "pill"], PROMPTS).eval()
    with pytest.raises(ConfigError, match="wanted 1 numbers from 0 to 2"):
        detector.predict(torch.rand(1, 3, 70, 70), torch.tensor(index))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_is_close_to_float32(detector: AnomalyDetector, dtype: torch.dtype) -> None:
    image = torch.rand(2, 3, 70, 70)
    with torch.no_grad():
        plain = detector.predict(image)
        with torch.autocast("cpu", dtype):
            half = detector.predict(image)
    assert half.anomaly_map.dtype == half.score.dtype == torch.float32
    assert not torch.equal(half.anomaly_map, plain.anomaly_map)
    torch.testing.assert_close(half.anomaly_map, plain.anomaly_map, atol=0.02, rtol=0)
    torch.testing.assert_close(half.score, plain.score, atol=0.02, rtol=0)


@pytest.mark.parametrize("nouns", [[], "", "  "])
def test_no_noun_is_refused(backbone: ClipBackbone, nouns: object) -> None:
    with pytest.raises(ConfigError, match="noun"):
        AnomalyDetector(ACDCLIP(backbone, 2), nouns, PROMPTS)  # type: ignore[arg-type]


def test_an_image_off_the_patch_grid_is_refused(detector: AnomalyDetector) -> None:
    with pytest.raises(ConfigError, match="71×70 pixels does not divide into patches of 14"):
        detector(torch.rand(1, 3, 71, 70))


def test_only_adapters_are_trainable(detector: AnomalyDetector) -> None:
    detector.train()
    trainable = {name for name, parameter in detector.named_parameters() if parameter.requires_grad}
    assert trainable and all("_adapters." in name for name in trainable)
    assert not any(module.training for module in detector.network.backbone.modules())
