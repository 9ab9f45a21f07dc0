"""CLIP-AD, SDP and SDP+, against the outputs of the authors' implementation, and its properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.data import TrainingRecord
from acd_monai.errors import ConfigError, WeightsError
from acd_monai.losses import LevelwiseLoss
from acd_monai.networks import CLIPAD, ClipBackbone
from acd_monai.networks.class_scores import stretched_sum
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.networks.similarity import summed_probability
from acd_monai.networks.staged_path import run_staged_path
from tests.networks.conftest import TINY
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity, seed_adapters, training_mask

PREFIX = "linear_layers."
LEVELS = (3, 6, 9, 12)


@pytest.fixture(scope="module", params=["sdp", "sdp_plus"])
def case(request: pytest.FixtureRequest, backbone: ClipBackbone) -> tuple[CLIPAD, dict[str, np.ndarray]]:
    return seeded_network(backbone, variant=request.param), read_parity(f"clip_ad_{request.param}_tiny")


def seeded_network(backbone: ClipBackbone, **settings: object) -> CLIPAD:
    network = CLIPAD(backbone, **settings)  # type: ignore[arg-type]
    seed_adapters(network.adapters(), PREFIX)
    return network


def text_of(network: CLIPAD, noun: str = "brain") -> torch.Tensor:
    return network.encode_text(*overlay_prompts("clip_ad")(noun))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"text_mode": "mean"}, "text_features_mean"),
        ({"text_mode": "dbscan"}, "text_features_dbscan"),
        ({"text_mode": "dbscan", "dbscan": (1.5, 25)}, "text_features_dbscan_visa"),
    ],
)
def test_text_features(backbone: ClipBackbone, settings: dict, key: str) -> None:
    want = read_parity("clip_ad_sdp_tiny")
    network = CLIPAD(backbone, **settings)
    assert_close(text_of(network), want[key])
    assert_close(text_of(network, "colon endoscopy image"), want[f"{key}_colon"])


def test_surgery_and_its_comparison_with_the_text(backbone: ClipBackbone, images: torch.Tensor) -> None:
    network, want = CLIPAD(backbone), read_parity("clip_ad_sdp_tiny")
    values = run_staged_path(backbone, images, network.levels).values
    surgery = network.compare(images, text_of(network)).surgery
    for index, level in enumerate(LEVELS):
        assert_close(backbone.project_image(values[index]), want[f"surgery_l{level}"])
        similarity = want[f"similarity_l{level}"]
        error = np.abs(surgery[index].flatten(2).mT.numpy() - similarity[:, 1:]).max()
        assert error <= 2e-5 * np.abs(similarity).max()


@pytest.mark.parametrize(("sigma", "key"), [(8, "anomaly_map"), (2, "anomaly_map_sigma2"), (0, "anomaly_map_raw")])
def test_maps(case: tuple, images: torch.Tensor, sigma: float, key: str) -> None:
    network, want = case
    network = seeded_network(network.backbone, variant=network.variant, sigma=sigma)
    with torch.no_grad():
        text = text_of(network)
        raw = network.raw_map(network.compare(images, text), (70, 70))
        anomaly_map = network.predict(images, text).anomaly_map
    assert_close(raw[:, 0], want[key])
    assert 0 <= anomaly_map.min() <= anomaly_map.max() <= 1
    width = {"sdp": 8, "sdp_plus": 12}[network.variant]
    torch.testing.assert_close(anomaly_map, (raw + 4) / width, atol=2e-7, rtol=0)


def test_scores(case: tuple, images: torch.Tensor) -> None:
    network, want = case
    with torch.no_grad():
        compared = network.compare(images, text_of(network))
        prediction = network.predict(images, text_of(network))
    whole, peak = compared.whole.softmax(dim=1)[:, 1], network.raw_map(compared, (70, 70)).amax(dim=(1, 2, 3))
    assert_close(whole, want["image_prob"])
    assert_close(peak, want["image_map_max"])
    assert_close(stretched_sum(whole, peak), want["image_score"])
    peaks = prediction.anomaly_map.amax(dim=(1, 2, 3))
    torch.testing.assert_close(prediction.score, (whole + peaks) / 2)
    scores = network.class_scores(prediction.score.double(), peaks.double())
    np.testing.assert_allclose(2 * scores.numpy(), want["image_score"], atol=1e-3)  # a map in [0, 1] is coarser


def test_linear_maps_read_what_the_next_block_left(backbone: ClipBackbone, images: torch.Tensor) -> None:
    network, want = seeded_network(backbone, variant="sdp_plus"), read_parity("clip_ad_sdp_plus_tiny")
    original = run_staged_path(backbone, images, network.levels).original
    assert network.heads is not None
    features = network.heads([level[:, 1:] for level in original])
    compared = network.compare(images, text_of(network))
    assert compared.mapped is not None
    for index, level in enumerate(LEVELS):
        assert_close(original[index], want[f"ori_l{level}"])
        assert_close(F.normalize(features[index], dim=-1), want[f"patch_features_l{level}"])
        assert_close(compared.mapped[index].flatten(2).mT, want[f"patch_logits_l{level}"])
    assert_close(summed_probability(compared.mapped, (70, 70))[:, 0], want["map_ft"])


def test_training_step(backbone: ClipBackbone, images: torch.Tensor) -> None:
    network, want = seeded_network(backbone, variant="sdp_plus"), read_parity("clip_ad_sdp_plus_tiny")
    loss, label, mask = LevelwiseLoss(), torch.tensor([0, 1]), training_mask()
    logits = network(images, text_of(network))
    terms = loss.terms(logits, label, mask)
    assert_close(terms.focal, want["train_focal"])
    assert_close(terms.dice_abnormal, want["train_dice"])
    optimizer = torch.optim.Adam(network.adapters().parameters(), lr=1e-4)
    total = loss(logits, label, mask)
    assert_close(total, want["train_loss"])
    total.backward()
    norms = {PREFIX + name: float(p.grad.norm()) for name, p in network.adapters().named_parameters()}
    assert norms == pytest.approx(dict(zip(want["grad_norm_names"], want["grad_norm_values"], strict=True)), rel=1e-3)
    assert all(parameter.grad is None for parameter in backbone.parameters())
    optimizer.step()
    assert network.heads is not None
    assert_close(network.heads.fc[0].weight[:8], want["step_fc0_weight_rows8"])


def test_class_scores_of_equal_parts_are_not_nan() -> None:
    scores = stretched_sum(torch.tensor([0.2, 0.2]), torch.tensor([1.0, 3.0]))
    assert scores.tolist() == [0, 1]


def test_a_batch_is_its_images_one_by_one_each_with_its_noun(case: tuple, images: torch.Tensor) -> None:
    network, _ = case
    texts = torch.stack([text_of(network, noun) for noun in ("brain", "screw")])
    with torch.no_grad():
        together = network.predict(images, texts)
        apart = [network.predict(images[i : i + 1], texts[i]) for i in range(2)]
    torch.testing.assert_close(together.anomaly_map, torch.cat([one.anomaly_map for one in apart]))
    torch.testing.assert_close(together.score, torch.cat([one.score for one in apart]))


def test_sdp_trains_nothing_and_the_guard_knows(backbone: ClipBackbone) -> None:
    network = CLIPAD(backbone)
    assert network.variant == "sdp"
    assert list(network.adapters().parameters()) == []
    record = TrainingRecord.from_notes(network.notes)
    assert record is not None
    assert (record.datasets, record.files) == ((), frozenset())


def official(backbone: ClipBackbone) -> dict[str, torch.Tensor]:
    wanted = CLIPAD(backbone, variant="sdp_plus").adapters().state_dict()
    return {name: seeded_tensor(PREFIX + name, tuple(value.shape)) for name, value in wanted.items()}


def test_the_authors_checkpoint_makes_it_sdp_plus(backbone: ClipBackbone, tmp_path: Path) -> None:
    assert sorted(official(backbone)) == [f"fc.{i}.{leaf}" for i in range(4) for leaf in ("bias", "weight")]
    torch.save({"linear_layers": official(backbone)}, tmp_path / "epoch_5.pth")
    network = CLIPAD(backbone, weights=tmp_path / "epoch_5.pth")
    assert network.variant == "sdp_plus"
    for name, value in network.adapters().state_dict().items():
        assert torch.equal(value, seeded_tensor(PREFIX + name, tuple(value.shape)))
    with pytest.raises(ConfigError, match=r"epoch_5.pth', and CLIP-AD SDP has none; leave them out"):
        CLIPAD(backbone, variant="sdp", weights=tmp_path / "epoch_5.pth")


def test_a_checkpoint_that_does_not_fit_is_named(backbone: ClipBackbone, tmp_path: Path) -> None:
    state = official(backbone)
    state["fc.0.scale"] = state.pop("fc.3.bias")
    torch.save({"linear_layers": state}, tmp_path / "epoch_5.pth")
    with pytest.raises(
        WeightsError, match="linear_layers.fc.0.scale is unexpected; linear_layers.fc.3.bias is missing"
    ):
        CLIPAD(backbone, weights=tmp_path / "epoch_5.pth")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"variant": "sdp+"}, r"variant is 'sdp\+'; wanted one of sdp, sdp_plus"),
        ({"text_mode": "kde"}, "text_mode is 'kde'; wanted one of mean, dbscan"),
        ({"dbscan": (0, 15)}, r"dbscan is \[0, 15\]"),
        ({"sigma": -1}, "sigma -1"),
    ],
)
def test_refusals(backbone: ClipBackbone, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CLIPAD(backbone, **settings)


def test_a_depth_without_quarters_is_refused() -> None:
    shallow = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "layers": 6}}
    backbone = ClipBackbone(shallow, activation="gelu", position_embedding="bicubic_antialias")
    with pytest.raises(ConfigError, match="has 6 blocks; wanted a depth that 4 divides, for example 12 or 24"):
        CLIPAD(backbone)
