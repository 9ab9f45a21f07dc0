"""ACD-CLIP against the outputs of the authors' implementation, and its properties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.errors import ConfigError
from acd_monai.losses import ACDCLIPLoss
from acd_monai.networks import ClipBackbone
from acd_monai.networks.checkpoints import official_name
from acd_monai.networks.nets import ACDCLIP
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.networks.weights import sha256_of_tensors
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity, training_mask

PROMPTS = overlay_prompts("acd_clip")


def seeded_network(backbone: ClipBackbone, n_groups: int, **settings: object) -> ACDCLIP:
    network = ACDCLIP(backbone, n_groups, **settings)  # type: ignore[arg-type]
    with torch.no_grad():
        for name, parameter in network.adapters().named_parameters():
            parameter.copy_(seeded_tensor(official_name(name), tuple(parameter.shape)))
    return network


@pytest.fixture(scope="module", params=[2, 3, 4, 6])
def case(request: pytest.FixtureRequest, backbone: ClipBackbone) -> tuple[ACDCLIP, dict[str, np.ndarray]]:
    return seeded_network(backbone, request.param), read_parity(f"acd_clip_tiny_n{request.param}")


def test_text_features(case: tuple) -> None:
    network, want = case
    assert_close(network.encode_text(*PROMPTS("scan")), want["text_features_scan"])
    assert_close(network.encode_text(*PROMPTS("colon endoscopy image")), want["text_features_colon"])


def test_tokens_and_image_logits(case: tuple, images: torch.Tensor) -> None:
    network, want = case
    tokens = network.image_tokens(images)
    heads = list(zip(network.image_adapters, tokens, strict=True))
    assert_close(torch.stack([a.segmentation_head(t) for a, t in heads]), want["seg_tokens"])
    assert_close(torch.stack([a.detection_head(t).mean(1) for a, t in heads]), want["det_tokens"])
    logits = network(images, network.encode_text(*PROMPTS("scan")))
    assert_close(logits.image, want["image_logits"])
    assert_close(logits.image.softmax(1)[:, 1], want["image_prob"])


@pytest.mark.parametrize(
    ("family", "blur", "score_weights"), [("medical", (9, 1.5), (0.5, 0.5)), ("industrial", (7, 1.0), (0.9, 0.1))]
)
def test_maps_and_scores(case: tuple, images: torch.Tensor, family: str, blur: tuple, score_weights: tuple) -> None:
    network, want = case
    network = seeded_network(network.backbone, network.n_groups, blur=blur, score_weights=score_weights)
    with torch.no_grad():
        prediction = network.predict(images, network.encode_text(*PROMPTS("scan")))
    assert_close(prediction.anomaly_map[:, 0], want[f"map_{family}"])
    assert_close(prediction.score, want[f"image_score_{family}"])


def test_training_step(case: tuple, images: torch.Tensor) -> None:
    network, want = case
    logits = network(images, network.encode_text(*PROMPTS("scan")))
    probability = F.interpolate(logits.pixel.mean(0), size=(70, 70), mode="bilinear", align_corners=True).softmax(1)
    assert_close(probability, want["seg_prob_train"])
    image_loss, pixel_loss = ACDCLIPLoss().parts(logits, torch.tensor([0, 1]), training_mask())
    assert_close(image_loss, want["train_ce"])
    assert_close(pixel_loss, want["train_seg_loss"])
    network.zero_grad()
    (image_loss + pixel_loss).backward()
    norms = {
        official_name(name): float(parameter.grad.norm()) for name, parameter in network.adapters().named_parameters()
    }
    assert sorted(norms) == sorted(want["grad_norm_names"])
    for name, value in zip(want["grad_norm_names"], want["grad_norm_values"], strict=True):
        assert norms[str(name)] == pytest.approx(float(value), rel=1e-3), name
    assert all(parameter.grad is None for parameter in network.backbone.parameters())


def test_text_at_full_context_gives_the_same(backbone: ClipBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    network = seeded_network(backbone, 4)
    short = network.encode_text(*PROMPTS("scan"))
    monkeypatch.setattr(ClipBackbone, "tokenize", lambda self, sentences: self.tokenizer(list(sentences)))
    backbone.forget_text()
    full = network.encode_text(*PROMPTS("scan"))
    backbone.forget_text()
    torch.testing.assert_close(short, full, rtol=1e-5, atol=1e-6)


def test_non_square_images_and_their_transpose_on_the_grid(backbone: ClipBackbone) -> None:
    network = seeded_network(backbone, 3)
    prediction = network.predict(torch.randn(1, 3, 70, 112), network.encode_text(*PROMPTS("scan")))
    assert prediction.anomaly_map.shape == (1, 1, 70, 112)
    assert torch.isfinite(prediction.anomaly_map).all()


def test_each_image_may_have_its_own_noun(backbone: ClipBackbone, images: torch.Tensor) -> None:
    network = seeded_network(backbone, 2)
    texts = torch.stack([network.encode_text(*PROMPTS(noun)) for noun in ("scan", "screw")])
    together = network.predict(images, texts).anomaly_map
    apart = [network.predict(images[i : i + 1], texts[i]).anomaly_map for i in range(2)]
    torch.testing.assert_close(together, torch.cat(apart), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_groups", [0, 5, 24])
def test_a_group_count_that_does_not_divide_the_depth_is_refused(backbone: ClipBackbone, n_groups: int) -> None:
    with pytest.raises(ConfigError, match=r"n_groups is .* wanted one of \[2, 3, 4, 6\]"):
        ACDCLIP(backbone, n_groups)


def test_initial_weights_depend_on_the_seed_alone(backbone: ClipBackbone) -> None:
    torch.manual_seed(1)
    first = ACDCLIP(backbone, 2, seed=3)
    torch.manual_seed(2)
    assert ACDCLIP(backbone, 2, seed=3).provenance == first.provenance
    assert ACDCLIP(backbone, 2, seed=4).provenance != first.provenance


def test_other_weights_that_are_handed_over_are_not_taken_for_the_first(backbone: ClipBackbone) -> None:
    network, holder = ACDCLIP(backbone, 2, seed=3), torch.nn.ModuleDict()
    holder["network"] = network
    before, state = network.provenance, {name: value.clone() for name, value in holder.state_dict().items()}
    network.notes = {"training": "on something"}
    holder.load_state_dict(state)
    assert (network.provenance, network.notes) == (before, {"training": "on something"})
    state["network.text_adapters.0.blend"] += 1
    holder.load_state_dict(state)
    assert network.provenance.source == "weights handed over while running"
    assert (network.provenance.trained, network.notes) == (True, {})
    assert network.provenance.sha256 == sha256_of_tensors(network.adapters().state_dict())
