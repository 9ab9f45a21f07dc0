"""APRIL-GAN against the outputs of the authors' implementation, and its properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.errors import ConfigError, WeightsError
from acd_monai.losses import LevelwiseLoss
from acd_monai.networks import APRILGAN, ClipBackbone
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.networks.similarity import summed_probability
from tests.networks.conftest import TINY
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity, seed_adapters, training_mask

PREFIX = "trainable_linearlayer."


@pytest.fixture(scope="module")
def want() -> dict[str, np.ndarray]:
    return read_parity("april_gan_tiny")


@pytest.fixture
def network(backbone: ClipBackbone) -> APRILGAN:
    network = APRILGAN(backbone)
    seed_adapters(network.adapters(), PREFIX)
    return network


@pytest.fixture
def text(network: APRILGAN) -> torch.Tensor:
    return network.encode_text(*overlay_prompts("april_gan")("brain"))


def test_text_features(network: APRILGAN, text: torch.Tensor, want: dict) -> None:
    assert_close(text, want["text_features"])
    colon = network.encode_text(*overlay_prompts("april_gan")("colon endoscopy image"))
    assert_close(colon, want["text_features_colon"])


def test_tokens_and_logits(network: APRILGAN, images: torch.Tensor, text: torch.Tensor, want: dict) -> None:
    taps = network.backbone.run_image(images, taps=network.levels).taps
    features = network.heads([taps[level][:, 1:] for level in network.levels])
    logits = network(images, text)
    for index, level in enumerate((3, 6, 9, 12)):
        assert_close(taps[level], want[f"tokens_l{level}"])
        assert_close(F.normalize(features[index], dim=-1), want[f"patch_features_l{level}"])
        assert_close(logits.pixel[index].flatten(2).mT, want[f"patch_logits_l{level}"])
    assert_close(network.backbone.encode_image(images), want["image_embedding"])


def test_map_and_score(network: APRILGAN, images: torch.Tensor, text: torch.Tensor, want: dict) -> None:
    with torch.no_grad():
        raw = summed_probability(network(images, text).pixel, (70, 70))
        prediction = network.predict(images, text)
    assert_close(raw[:, 0], want["anomaly_map"])
    assert_close(prediction.anomaly_map[:, 0] * 4, want["anomaly_map"])
    assert_close(prediction.score, want["image_score"])
    assert 0 <= prediction.anomaly_map.min() <= prediction.anomaly_map.max() <= 1


def test_position_embedding_resize(want: dict) -> None:
    vision = {**TINY["vision_cfg"], "image_size": 56, "width": 16, "head_width": 8, "layers": 1}
    backbone = ClipBackbone({**TINY, "vision_cfg": vision}, activation="gelu", position_embedding="bicubic_antialias")
    with torch.no_grad():
        backbone.clip.visual.positional_embedding.copy_(torch.from_numpy(want["pos_embed_in"]))
    assert_close(backbone.image_positions((5, 5)), want["pos_embed_out"])


def test_training_step(network: APRILGAN, images: torch.Tensor, text: torch.Tensor, want: dict) -> None:
    loss, label, mask = LevelwiseLoss(), torch.tensor([0, 1]), training_mask()
    logits = network(images, text)
    terms = loss.terms(logits, label, mask)
    assert_close(terms.focal, want["train_focal"])
    assert_close(terms.dice_abnormal, want["train_dice"])
    optimizer = torch.optim.Adam(network.adapters().parameters(), lr=1e-3, betas=(0.5, 0.999))
    total = loss(logits, label, mask)
    assert_close(total, want["train_loss"])
    total.backward()
    norms = {PREFIX + name: float(p.grad.norm()) for name, p in network.adapters().named_parameters()}
    assert norms == pytest.approx(dict(zip(want["grad_norm_names"], want["grad_norm_values"], strict=True)), rel=1e-3)
    assert all(parameter.grad is None for parameter in network.backbone.parameters())
    optimizer.step()
    assert_close(network.heads.fc[0].weight[:8], want["step_fc0_weight_rows8"])


def test_each_image_may_have_its_own_noun(network: APRILGAN, images: torch.Tensor) -> None:
    prompts = overlay_prompts("april_gan")
    texts = torch.stack([network.encode_text(*prompts(noun)) for noun in ("brain", "screw")])
    together = network.predict(images, texts)
    apart = [network.predict(images[i : i + 1], texts[i]) for i in range(2)]
    torch.testing.assert_close(together.anomaly_map, torch.cat([one.anomaly_map for one in apart]))
    torch.testing.assert_close(together.score, torch.cat([one.score for one in apart]))


def official(backbone: ClipBackbone) -> dict[str, torch.Tensor]:
    shapes = {"weight": (backbone.embed_dim, backbone.width), "bias": (backbone.embed_dim,)}
    names = [(f"fc.{level}.{leaf}", shape) for level in range(4) for leaf, shape in shapes.items()]
    return {name: seeded_tensor(PREFIX + name, shape) for name, shape in names}


def test_the_authors_checkpoint_and_ours(backbone: ClipBackbone, network: APRILGAN, tmp_path: Path) -> None:
    torch.save({"trainable_linearlayer": official(backbone)}, tmp_path / "epoch_3.pth")
    imported = APRILGAN(backbone, weights=tmp_path / "epoch_3.pth")
    write_adapters(tmp_path / "ours.safetensors", imported.adapters().state_dict(), {"epoch": 3})
    ours = APRILGAN(backbone, weights=tmp_path / "ours.safetensors")
    for other in (imported, ours):
        assert other.provenance.trained
        for mine, theirs in zip(other.adapters().parameters(), network.adapters().parameters(), strict=True):
            assert torch.equal(mine, theirs)
    assert ours.notes == {"epoch": 3}


def test_a_checkpoint_that_does_not_fit_is_named(backbone: ClipBackbone, tmp_path: Path) -> None:
    state = official(backbone)
    del state["fc.2.bias"]
    torch.save({"trainable_linearlayer": {**state, "fc.4.weight": torch.zeros(1)}}, tmp_path / "epoch_3.pth")
    message = "trainable_linearlayer.fc.2.bias is missing; trainable_linearlayer.fc.4.weight is unexpected"
    with pytest.raises(WeightsError, match=message):
        APRILGAN(backbone, weights=tmp_path / "epoch_3.pth")


def test_a_depth_without_quarters_is_refused() -> None:
    shallow = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "layers": 6}}
    backbone = ClipBackbone(shallow, activation="gelu", position_embedding="bicubic_antialias")
    with pytest.raises(ConfigError, match="has 6 blocks; wanted a depth that 4 divides, for example 12 or 24"):
        APRILGAN(backbone)


def test_initial_weights_depend_on_the_seed_alone(backbone: ClipBackbone) -> None:
    torch.manual_seed(1)
    first = APRILGAN(backbone, seed=3)
    torch.manual_seed(2)
    assert APRILGAN(backbone, seed=3).provenance == first.provenance
    assert APRILGAN(backbone, seed=4).provenance != first.provenance
