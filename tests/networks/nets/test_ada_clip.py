"""AdaCLIP against the outputs of the authors' implementation, and its properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from acd_monai.errors import ConfigError, WeightsError
from acd_monai.losses import LevelwiseLoss
from acd_monai.networks import AdaCLIP, ClipBackbone
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.networks.semantic_fusion import cluster_patches, fuse_semantics
from tests.networks.conftest import TINY
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity, seed_adapters, training_mask

PROMPTS = overlay_prompts("ada_clip")
LOSS = LevelwiseLoss(image_loss="focal", dice_of_normal=True, row_dice="always")
FUSED = {"": {"clusters": 20}, "k3_": {"clusters": 3}}


@pytest.fixture(scope="module")
def backbone() -> ClipBackbone:
    return ClipBackbone(TINY, activation="gelu", position_embedding="bicubic")


@pytest.fixture(scope="module")
def want() -> dict[str, np.ndarray]:
    return read_parity("ada_clip_tiny")


@pytest.fixture(scope="module")
def want_fused() -> dict[str, np.ndarray]:
    return read_parity("ada_clip_tiny_hsf")


def seeded_network(backbone: ClipBackbone, **settings: object) -> AdaCLIP:
    network = AdaCLIP(backbone, **settings)  # type: ignore[arg-type]
    seed_adapters(network.adapters(), "clip_model.")
    return network


def test_token_ids(backbone: ClipBackbone, want: dict) -> None:
    text = seeded_network(backbone).encode_text(*PROMPTS("brain"))
    assert text[:, 0].tolist() == [0] * 28 + [1] * 20
    assert np.array_equal(text[:28, 1:].numpy(), want["tokens_normal"])
    assert np.array_equal(text[28:, 1:].numpy(), want["tokens_abnormal"])
    assert PROMPTS("x-ray") == PROMPTS("x ray")


def test_features_maps_and_scores(backbone: ClipBackbone, images: torch.Tensor, want: dict) -> None:
    network = seeded_network(backbone, fusion=False)
    text = network.encode_text(*PROMPTS("brain"))
    plain = backbone.encode_image(images)
    assert_close(plain, want["clip_image_features"])
    features = network.encode_prompted_image(images, plain)
    assert_close(features.whole, want["cls_features"])
    assert_close(features.patches, want["patch_features"])
    assert_close(network.encode_prompted_text(text.expand(2, -1, -1), plain), want["text_features"])
    logits = network(images, text)
    assert_close(logits.pixel.flatten(3).mT, want["patch_logits"])
    assert_close(logits.image, want["image_logits"])
    prediction = network.predict(images, text)
    assert_close(prediction.anomaly_map[:, 0], want["map_after"])
    assert_close(prediction.score, want["image_score"])
    plain_network = seeded_network(backbone, fusion=False, sigma=0)
    assert_close(plain_network.raw_map(logits.pixel, (70, 70))[:, 0], want["map_before"])


@pytest.mark.parametrize("variant", FUSED)
def test_semantic_fusion(backbone: ClipBackbone, images: torch.Tensor, want_fused: dict, variant: str) -> None:
    network = seeded_network(backbone, **FUSED[variant])
    text = network.encode_text(*PROMPTS("brain"))
    plain = backbone.encode_image(images)
    features = network.encode_prompted_image(images, plain)
    words = network.encode_prompted_text(text.expand(2, -1, -1), plain)
    logits = network(images, text)
    abnormality = logits.pixel.mean(0).softmax(1)[:, 1].flatten(1)
    for image, chosen in enumerate(want_fused[f"{variant}hsf_topk_indices"]):
        order = abnormality[image].argsort(descending=True, stable=True)[: len(chosen)]
        assert order.tolist() == chosen.tolist()
        labels = cluster_patches(features.patches[:, image, order], network.clusters)
        assert partition(labels.tolist()) == partition(want_fused[f"{variant}hsf_cluster_labels"][image].tolist())
    fused = fuse_semantics(features.patches, abnormality, network.clusters)
    assert_close(fused, want_fused[f"{variant}hsf_feature"])
    assert_close(words, want_fused["text_features"])
    assert_close(features.whole, want_fused["cls_features"])
    assert_close(logits.image, want_fused[f"{variant}image_logits"])
    assert_close(network.predict(images, text).score, want_fused[f"{variant}image_score"])


def partition(labels: list[int]) -> set[frozenset[int]]:
    """The clusters without their numbers."""
    return {frozenset(i for i, other in enumerate(labels) if other == label) for label in labels}


def test_position_embedding_of_another_grid(images: torch.Tensor, want: dict) -> None:
    architecture = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "image_size": 56}}
    backbone = ClipBackbone(architecture, activation="gelu", position_embedding="bicubic")
    assert_close(backbone.image_positions((5, 5)), want["pos4_pos_embed_resized"])
    network = seeded_network(backbone, fusion=False)
    prediction = network.predict(images, network.encode_text(*PROMPTS("brain")))
    assert_close(prediction.score, want["pos4_image_score"])
    assert_close(prediction.anomaly_map[:, 0], want["pos4_map_after"])


@pytest.mark.parametrize("variant", ["plain", *FUSED])
@pytest.mark.parametrize("image", [0, 1])
def test_training_step_of_one_image(
    backbone: ClipBackbone, images: torch.Tensor, want: dict, want_fused: dict, variant: str, image: int
) -> None:
    network = seeded_network(backbone, **({"fusion": False} if variant == "plain" else FUSED[variant]))
    prefix, fixture = ("", want) if variant == "plain" else (variant, want_fused)
    one = slice(image, image + 1)
    logits = network(images[one], network.encode_text(*PROMPTS("brain")))
    label, mask = torch.tensor([image]), training_mask()[one]
    terms = LOSS.terms(logits, label, mask)
    assert_close(terms.image, fixture[f"{prefix}train_cls_focal"][image], 1e-4)
    assert_close(terms.focal, want["train_seg_focal"][image])
    assert_close(terms.dice_abnormal, want["train_dice_abnormal"][image])
    assert_close(terms.dice_normal, want["train_dice_normal"][image])
    loss = LOSS(logits, label, mask)
    assert_close(loss, fixture[f"{prefix}train_total"][image])
    loss.backward()
    grads = {f"clip_model.{name}": value.grad for name, value in network.adapters().named_parameters()}
    assert [name for name, grad in grads.items() if grad is None] == want["no_grad_names"].tolist()
    assert len(grads) == 38
    for name, value in zip(
        fixture[f"{prefix}grad_norm_names"], fixture[f"{prefix}grad_norm_values"][image], strict=True
    ):
        assert float(grads[str(name)].norm()) == pytest.approx(float(value), rel=1e-3), name


def test_loss_of_a_batch_is_the_mean_of_its_images(backbone: ClipBackbone, images: torch.Tensor) -> None:
    network = seeded_network(backbone)
    text, mask = network.encode_text(*PROMPTS("brain")), training_mask()
    together = LOSS(network(images, text), torch.tensor([0, 1]), mask)
    alone = [LOSS(network(images[i : i + 1], text), torch.tensor([i]), mask[i : i + 1]) for i in range(2)]
    torch.testing.assert_close(together, torch.stack(alone).mean(), rtol=1e-5, atol=1e-6)


def test_a_batch_of_several_nouns_is_its_images_one_by_one(backbone: ClipBackbone) -> None:
    network = seeded_network(backbone)
    images = torch.randn(3, 3, 56, 84, generator=torch.Generator().manual_seed(0))
    nouns = ("brain", "colon endoscopy image", "brain")
    texts = torch.stack([network.encode_text(*PROMPTS(noun)) for noun in nouns])
    with torch.no_grad():
        together = network.predict(images, texts)
        alone = [network.predict(image[None], text) for image, text in zip(images, texts, strict=True)]
    torch.testing.assert_close(together.score, torch.cat([one.score for one in alone]), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(
        together.anomaly_map, torch.cat([one.anomaly_map for one in alone]), rtol=1e-4, atol=1e-6
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("patches", [3, 64])
def test_fusion_of_equal_patches_is_that_patch(patches: int) -> None:
    """Fewer different patches than clusters give no NaN and no warning."""
    one = torch.nn.functional.normalize(torch.randn(1, 1, 1, 8, generator=torch.Generator().manual_seed(0)), dim=-1)
    features = one.expand(4, 2, patches, 8).clone().requires_grad_()
    fused = fuse_semantics(features, torch.zeros(2, patches), 20)
    torch.testing.assert_close(fused, one[0, 0].expand(2, 8))
    fused.sum().backward()
    assert features.grad.isfinite().all()


def test_an_empty_cluster_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    features = torch.randn(4, 1, 6, 8, generator=torch.Generator().manual_seed(0))
    found = []
    for labels in ([0, 0, 1, 1, 1, 2], [1, 1, 5, 5, 5, 7]):
        clusters = torch.tensor(labels)
        monkeypatch.setattr("acd_monai.networks.semantic_fusion.cluster_patches", lambda *_, labels=clusters: labels)
        found.append(fuse_semantics(features, torch.arange(6.0).flip(0)[None], 20))
    own = features[:, 0].mean(0)
    want = (own[:2].mean(0) + own[2:5].mean(0) + own[5]) / 3
    torch.testing.assert_close(found[0][0], torch.nn.functional.normalize(want, dim=0))
    assert torch.equal(found[0], found[1])


def test_fusion_is_the_same_every_time() -> None:
    generator = torch.Generator().manual_seed(0)
    features, abnormality = torch.randn(4, 1, 200, 16, generator=generator), torch.rand(1, 200, generator=generator)
    first = fuse_semantics(features, abnormality, 20)
    np.random.seed(3)
    assert torch.equal(first, fuse_semantics(features, abnormality, 20))
    # Only the 100 most abnormal patches are looked at.
    features[:, :, abnormality[0].argsort()[:100]] = torch.nan
    assert torch.equal(first, fuse_semantics(features, abnormality, 20))


def test_the_authors_checkpoint(backbone: ClipBackbone, images: torch.Tensor, want: dict, tmp_path: Path) -> None:
    shapes = {name: tuple(value.shape) for name, value in AdaCLIP(backbone).adapters().state_dict().items()}
    state = {f"clip_model.{name}": seeded_tensor(f"clip_model.{name}", shape) for name, shape in shapes.items()}
    assert len(state) == 38
    torch.save(state, tmp_path / "ada.pth")
    network = AdaCLIP(backbone, weights=tmp_path / "ada.pth", fusion=False)
    assert network.provenance.trained
    assert_close(network.predict(images, network.encode_text(*PROMPTS("brain"))).score, want["image_score"])

    del state["clip_model.cls_token_layer.head.0.bias"]
    state |= {"clip_model.surplus": torch.zeros(1)}
    torch.save(state, tmp_path / "ada.pth")
    message = "clip_model.cls_token_layer.head.0.bias is missing; clip_model.surplus is unexpected"
    with pytest.raises(WeightsError, match=message):
        AdaCLIP(backbone, weights=tmp_path / "ada.pth")


def test_refusals(backbone: ClipBackbone) -> None:
    with pytest.raises(ConfigError, match="clusters are 0 .* wanted 1 or more"):
        AdaCLIP(backbone, clusters=0)
    for tower, layers, message in (("text_cfg", 3, "wanted a text depth of 4"), ("vision_cfg", 6, "that 4 divides")):
        architecture = {**TINY, tower: {**TINY[tower], "layers": layers}}
        with pytest.raises(ConfigError, match=message):
            AdaCLIP(ClipBackbone(architecture, activation="gelu", position_embedding="bicubic"))
