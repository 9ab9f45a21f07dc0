"""AnomalyCLIP against the outputs of the authors' implementation, and its properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.errors import ConfigError, WeightsError
from acd_monai.losses import LevelwiseLoss
from acd_monai.networks import AnomalyCLIP, ClipBackbone
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.networks.seeding import seeded_tensor
from tests.networks.conftest import TINY
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity, seed_adapters, training_mask

PROMPTS = overlay_prompts("anomaly_clip")
LOSS = LevelwiseLoss(
    image_loss="cross_entropy", softmax_after_resize=False, align_corners=False, dice_of_normal=True, pixel_weight=4
)
VARIANTS = {"": {"dual_blocks": 9}, "last_": {"dual_blocks": 9, "levels": [12]}, "dpam11_": {}}
"""What the fixtures ran: nine dual blocks, the last level alone, and the default for twelve blocks, ten."""


@pytest.fixture(scope="module")
def want() -> dict[str, np.ndarray]:
    return read_parity("anomaly_clip_tiny")


@pytest.fixture(scope="module")
def backbone() -> ClipBackbone:
    return ClipBackbone(TINY, activation="quick_gelu", position_embedding="bilinear")


def seeded_network(backbone: ClipBackbone, **settings: object) -> AnomalyCLIP:
    network = AnomalyCLIP(backbone, **settings)  # type: ignore[arg-type]
    seed_adapters(network.adapters(), "prompt_learner.")
    return network


def test_text(backbone: ClipBackbone, want: dict) -> None:
    text = seeded_network(backbone).encode_text(*PROMPTS("brain"))
    assert_close(text.mT, want["text_features"])
    assert torch.equal(text, seeded_network(backbone).encode_text(*PROMPTS("colon endoscopy image")))
    ids = backbone.tokenize([sentence for state in PROMPTS("brain") for sentence in state])
    assert np.array_equal(ids.numpy(), want["tokenized_prompts"][:, : ids.shape[1]])


@pytest.mark.parametrize("variant", VARIANTS)
def test_features_maps_and_scores(backbone: ClipBackbone, images: torch.Tensor, want: dict, variant: str) -> None:
    network = seeded_network(backbone, **VARIANTS[variant])
    text = network.encode_text(*PROMPTS("brain"))
    features = network.encode_image(images)
    assert_close(F.normalize(features.whole, dim=-1), want[f"{variant}image_features"])
    if variant != "last_":
        levels = torch.stack([F.normalize(level, dim=-1) for level in features.levels])
        assert_close(levels, want[f"{variant}patch_features"])
    logits = network(images, text)
    assert_close(logits.image, want[f"{variant}image_logits"])
    assert_close(network.raw_map(logits.pixel, (70, 70))[:, 0], want[f"{variant}map_after"])
    prediction = network.predict(images, text)
    assert_close(prediction.score, want[f"{variant}image_score"])
    assert_close(prediction.anomaly_map[:, 0] * len(network.levels), want[f"{variant}map_after"])
    if variant != "dpam11_":
        plain = seeded_network(backbone, **VARIANTS[variant], sigma=0)
        assert_close(plain.raw_map(logits.pixel, (70, 70))[:, 0], want[f"{variant}map_before"])


def test_position_embedding_of_another_grid(images: torch.Tensor, want: dict) -> None:
    architecture = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "image_size": 56}}
    backbone = ClipBackbone(architecture, activation="quick_gelu", position_embedding="bilinear")
    assert_close(backbone.image_positions((5, 5)), want["pos4_pos_embed_resized"])
    network = seeded_network(backbone, dual_blocks=9)
    text = network.encode_text(*PROMPTS("brain"))
    logits = network(images, text)
    assert_close(logits.image, want["pos4_image_logits"])
    assert_close(network.raw_map(logits.pixel, (70, 70))[:, 0], want["pos4_map_after"])


@pytest.mark.parametrize("variant", ["", "last_"])
def test_training_step(backbone: ClipBackbone, images: torch.Tensor, want: dict, variant: str) -> None:
    network = seeded_network(backbone, **VARIANTS[variant])
    logits = network(images, network.encode_text(*PROMPTS("brain")))
    label, mask = torch.tensor([0, 1]), training_mask()
    terms = LOSS.terms(logits, label, mask)
    assert_close(terms.image, want[f"{variant}train_image_ce"])
    assert_close(terms.focal, want[f"{variant}train_focal"])
    assert_close(terms.dice_abnormal, want[f"{variant}train_dice_abnormal"])
    assert_close(terms.dice_normal, want[f"{variant}train_dice_normal"])
    loss = LOSS(logits, label, mask)
    assert_close(loss, want[f"{variant}train_total"])
    loss.backward()
    norms = {f"prompt_learner.{name}": value.grad.norm() for name, value in network.adapters().named_parameters()}
    assert sorted(norms) == sorted(want[f"{variant}grad_norm_names"])
    for name, value in zip(want[f"{variant}grad_norm_names"], want[f"{variant}grad_norm_values"], strict=True):
        assert float(norms[str(name)]) == pytest.approx(float(value), rel=1e-3), name
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_loss_of_a_batch_of_one_has_the_row_wise_dice(backbone: ClipBackbone, images: torch.Tensor, want: dict) -> None:
    network = seeded_network(backbone, dual_blocks=9)
    logits = network(images[1:], network.encode_text(*PROMPTS("brain")))
    terms = LOSS.terms(logits, torch.tensor([1]), training_mask()[1:])
    for name, part in (("image_ce", terms.image), ("focal", terms.focal), ("dice_abnormal", terms.dice_abnormal)):
        assert_close(part, want[f"b1_train_{name}"])
    assert_close(terms.dice_normal, want["b1_train_dice_normal"])


def test_a_batch_is_its_images_one_by_one(backbone: ClipBackbone) -> None:
    network = seeded_network(backbone)
    images = torch.randn(3, 3, 56, 84, generator=torch.Generator().manual_seed(0))
    text = network.encode_text(*PROMPTS("brain"))
    together = network.predict(images, text.expand(3, -1, -1))
    alone = [network.predict(image[None], text) for image in images]
    torch.testing.assert_close(together.score, torch.cat([one.score for one in alone]), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(
        together.anomaly_map, torch.cat([one.anomaly_map for one in alone]), rtol=1e-5, atol=1e-6
    )


def official_state(network: AnomalyCLIP) -> dict[str, torch.Tensor]:
    """What the authors save: what is trained, CLIP's embeddings of the sentences, and layers that are never called."""
    shapes = {name: tuple(value.shape) for name, value in network.adapters().state_dict().items()}
    for state in ("pos", "neg"):
        shapes |= {f"token_prefix_{state}": (1, 1, 1, 64), f"token_suffix_{state}": (1, 1, 64, 64)}
        shapes |= {f"tokenized_prompts_{state}": (1, 1, 77)}
    for index in range(8):
        shapes |= {f"compound_prompt_projections.{index}.weight": (896, 64)}
        shapes |= {f"compound_prompt_projections.{index}.bias": (896,)}
    return {name: seeded_tensor(f"prompt_learner.{name}", shape) for name, shape in shapes.items()}


def test_the_authors_checkpoint_is_read_at_the_last_level(
    backbone: ClipBackbone, images: torch.Tensor, want: dict, tmp_path: Path
) -> None:
    path = tmp_path / "epoch_15.pth"
    torch.save({"prompt_learner": official_state(AnomalyCLIP(backbone))}, path)
    network = AnomalyCLIP(backbone, weights=path, dual_blocks=9)
    assert network.levels == [12]
    assert network.provenance.trained
    prediction = network.predict(images, network.encode_text(*PROMPTS("brain")))
    assert_close(prediction.anomaly_map[:, 0], want["last_map_after"])
    assert_close(prediction.score, want["last_image_score"])
    assert AnomalyCLIP(backbone, weights=path, levels=[3, 12]).levels == [3, 12]
    assert AnomalyCLIP(backbone).levels == [3, 6, 9, 12]


def test_every_misfit_of_a_checkpoint_is_named(backbone: ClipBackbone, tmp_path: Path) -> None:
    state = official_state(AnomalyCLIP(backbone))
    del state["ctx_neg"]
    state |= {"surplus": torch.zeros(1), "compound_prompts_text.3": torch.zeros(4, 768)}
    torch.save({"prompt_learner": state}, tmp_path / "a.pth")
    message = (
        r"prompt_learner.compound_prompts_text.3 has shape \(4, 768\), wanted \(4, 64\); "
        "prompt_learner.ctx_neg is missing; prompt_learner.surplus is unexpected"
    )
    with pytest.raises(WeightsError, match=message):
        AnomalyCLIP(backbone, weights=tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"levels": [0, 12]}, r"levels are \[0, 12\] .* wanted numbers from 1 to the 12 blocks"),
        ({"levels": []}, "wanted numbers from 1 to the 12 blocks"),
        ({"dual_blocks": 13}, "dual_blocks 13; wanted numbers from 1 to the 12 blocks"),
        ({"temperature": 0.0}, "temperature is 0.0"),
        ({"sigma": -1}, "sigma -1"),
    ],
)
def test_refusals(backbone: ClipBackbone, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        AnomalyCLIP(backbone, **settings)


@pytest.mark.parametrize(
    ("tower", "layers", "message"),
    [
        ("text_cfg", 8, "backbone custom has 8; wanted a text depth of 9 or more"),
        ("vision_cfg", 10, "wanted a depth that 4 divides"),
    ],
)
def test_a_backbone_of_another_depth_is_refused(tower: str, layers: int, message: str) -> None:
    architecture = {**TINY, tower: {**TINY[tower], "layers": layers}}
    backbone = ClipBackbone(architecture, activation="quick_gelu", position_embedding="bilinear")
    with pytest.raises(ConfigError, match=message):
        AnomalyCLIP(backbone)


def test_sentences_without_placeholders_are_refused(backbone: ClipBackbone) -> None:
    network = AnomalyCLIP(backbone)
    for sentences in (
        (["scan."], ["damaged scan."]),
        (["a photo of a small scan that shows one thing and nothing"],) * 2,
    ):
        with pytest.raises(ConfigError, match="wanted 12 times 'X' before its words"):
            network.encode_text(*sentences)


def test_weights_of_this_project_bring_the_levels_they_were_trained_with(
    backbone: ClipBackbone, tmp_path: Path
) -> None:
    network, path = seeded_network(backbone, levels=[12]), tmp_path / "ours.safetensors"
    write_adapters(path, network.adapters().state_dict(), {"settings": network.settings()})
    assert AnomalyCLIP(backbone, weights=path).levels == [12]
    assert AnomalyCLIP(backbone, weights=path, levels=[6, 12]).levels == [6, 12]
    assert AnomalyCLIP(backbone).levels == [3, 6, 9, 12]
