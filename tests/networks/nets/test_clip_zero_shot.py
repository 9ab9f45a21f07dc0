"""Plain CLIP against open_clip's own encoders and against parts that are tested elsewhere."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.data import PromptEnsemble, TrainingRecord, choose_prompts
from acd_monai.errors import ConfigError
from acd_monai.networks import AnomalyDetector, ClipBackbone, CLIPZeroShot
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity

SINGLE = PromptEnsemble(["a photo of a normal {}"], ["a photo of an abnormal {}"], ["{}"])


@pytest.fixture(scope="module")
def network(backbone: ClipBackbone) -> CLIPZeroShot:
    return CLIPZeroShot(backbone)


@torch.no_grad()
def test_score_and_map_against_open_clip(network: CLIPZeroShot, images: torch.Tensor) -> None:
    clip, tokens = network.backbone.clip, []
    clip.visual.ln_post.register_forward_hook(lambda _, inputs, output: tokens.append(output) or output)
    sentences = network.backbone.tokenizer(["a photo of a normal scan", "a photo of an abnormal scan"])
    text = clip.encode_text(sentences, normalize=True).T
    whole = 100 * clip.encode_image(images, normalize=True) @ text
    clip.visual.ln_post._forward_hooks.clear()

    prediction = network.predict(images, network.encode_text(*SINGLE("scan")))
    torch.testing.assert_close(prediction.score, whole.softmax(1)[:, 1], rtol=1e-4, atol=1e-5)
    patches = 100 * F.normalize(tokens[0][:, 1:] @ clip.visual.proj, dim=-1) @ text
    grid = patches.mT.reshape(2, 2, 5, 5)
    maps = F.interpolate(grid, (70, 70), mode="bilinear", align_corners=False).softmax(1)[:, 1:]
    torch.testing.assert_close(prediction.anomaly_map, maps, rtol=1e-4, atol=1e-4)


def test_its_image_score_is_april_gans_with_the_same_sentences(network: CLIPZeroShot, images: torch.Tensor) -> None:
    want = read_parity("april_gan_tiny")
    text = network.encode_text(*overlay_prompts("april_gan")("brain"))
    assert_close(text, want["text_features"])
    assert_close(network.predict(images, text).score, want["image_score"])


def test_images_that_agree_with_the_abnormal_text_score_higher(network: CLIPZeroShot, images: torch.Tensor) -> None:
    embeddings = F.normalize(network.backbone.encode_image(images), dim=-1)
    scores = network.predict(images, torch.stack([embeddings[0], embeddings[1]], dim=-1)).score
    assert scores[0] < 0.5 < scores[1]


def test_nothing_is_trained_and_the_guard_knows(network: CLIPZeroShot) -> None:
    assert list(network.adapters().parameters()) == []
    record = TrainingRecord.from_notes(network.notes)
    assert record is not None
    assert (record.datasets, record.files) == ((), frozenset())
    with pytest.raises(ConfigError, match="plain CLIP has none; leave them out"):
        CLIPZeroShot(network.backbone, weights="adapter_20.pth")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_is_close_to_float32(network: CLIPZeroShot, dtype: torch.dtype) -> None:
    detector, image = AnomalyDetector(network, "scan", SINGLE).eval(), torch.rand(2, 3, 70, 70)
    with torch.no_grad():
        plain = detector.predict(image)
        with torch.autocast("cpu", dtype):
            half = detector.predict(image)
    assert half.anomaly_map.dtype == half.score.dtype == torch.float32
    assert float((half.anomaly_map - plain.anomaly_map).abs().mean()) < 0.05


def test_a_prompt_set_is_chosen_by_name() -> None:
    assert choose_prompts("single", single=SINGLE, ensemble=overlay_prompts("april_gan")) is SINGLE
    with pytest.raises(ConfigError, match="prompt_set is 'many'; wanted one of single"):
        choose_prompts("many", single=SINGLE)
