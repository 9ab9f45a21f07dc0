"""WinCLIP against the outputs of its two public ports, and its properties."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from acd_monai.errors import ConfigError
from acd_monai.networks import AnomalyDetector, ClipBackbone, References, WinCLIP
from acd_monai.networks.windows import (
    SIDES,
    encode_windows,
    harmonic_over_windows,
    mean_over_windows,
    patches_of_windows,
)
from tests.networks.nets.parity import assert_close, overlay_prompts, read_parity

GRID = (5, 5)


@pytest.fixture(scope="module")
def want() -> dict[str, np.ndarray]:
    return read_parity("win_clip_tiny")


def text(network: WinCLIP, noun: str = "brain") -> torch.Tensor:
    return network.encode_text(*overlay_prompts("win_clip", network.mode)(noun))


def test_texts(backbone: ClipBackbone, want: dict) -> None:
    for mode, prefix in (("paper", "anomalib_"), ("compatibility", "")):
        network = WinCLIP(backbone, mode)
        for noun, suffix in (("brain", ""), ("colon endoscopy image", "_colon")):
            features = F.normalize(torch.from_numpy(want[f"{prefix}text_features{suffix}"]), dim=-1)
            assert_close(text(network, noun).mT, features.numpy())


def test_embeddings_of_image_patches_and_windows(backbone: ClipBackbone, images: torch.Tensor, want: dict) -> None:
    network = WinCLIP(backbone)
    windows = [encode_windows(backbone, images, side) for side in SIDES]
    for side, embeddings in zip((2, 3), windows, strict=True):
        assert_close(embeddings, want[f"anomalib_window_embeddings_s{side}"])
    assert_close(F.normalize(torch.cat(windows, dim=1), dim=-1).transpose(0, 1), want["window_features"])
    features = network.encode_image(images)
    embedding = torch.from_numpy(want["anomalib_image_embedding"])
    assert_close(features.whole[:, 0], F.normalize(embedding, dim=-1).numpy())
    patches = torch.from_numpy(want["anomalib_patch_embeddings"])
    assert_close(features.patches, F.normalize(patches, dim=-1).numpy())


@pytest.mark.parametrize(("temperature", "suffix"), [(None, ""), (0.01, "_t001")])
def test_paper_mode(
    backbone: ClipBackbone, images: torch.Tensor, want: dict, temperature: float | None, suffix: str
) -> None:
    network = WinCLIP(backbone, temperature=temperature)
    features = network.encode_image(images)
    for side, windows in ((2, features.small), (3, features.large)):
        scores = (windows @ text(network) / network.temperature).softmax(-1)[..., 1]
        assert_close(scores, want[f"anomalib_window_scores_s{side}{suffix}"])
        assert_close(harmonic_over_windows(scores, GRID, side), want[f"anomalib_scale{side}_map{suffix}"])
    prediction = network.predict(images, text(network))
    assert_close(prediction.score, want[f"anomalib_image_score{suffix}"])
    assert_close(prediction.anomaly_map[:, 0], want[f"anomalib_anomaly_map{suffix}"])


def test_compatibility_mode(backbone: ClipBackbone, images: torch.Tensor, want: dict) -> None:
    network = WinCLIP(backbone, "compatibility")
    features = network.encode_image(images)
    for side, windows in ((2, features.small), (3, features.large)):
        normal = (windows @ text(network) / network.temperature).softmax(-1)[..., 0]
        assert_close(1 - 1 / mean_over_windows(1 / normal, GRID, side), want[f"scale{side}_map"])
    grid_map = network.compatibility_map(features, None, text(network), GRID)
    enlarged = F.interpolate(grid_map[:, None], (100, 100), mode="bilinear", align_corners=False)
    assert_close(enlarged[:, 0], want["anomaly_map_out100"])
    prediction = network.predict(images, text(network))
    assert_close(prediction.anomaly_map[:, 0], want["anomaly_map"])
    assert_close(prediction.score, want["image_score"])


@pytest.mark.parametrize(("mode", "prefix"), [("paper", "anomalib_"), ("compatibility", "")])
def test_few_shot(backbone: ClipBackbone, images: torch.Tensor, want: dict, mode: str, prefix: str) -> None:
    network = WinCLIP(backbone, mode, references=[References(images[:1], {})])
    prediction = network.predict(images, text(network))
    assert_close(prediction.anomaly_map[:, 0], want[f"{prefix}fewshot_anomaly_map"])
    if mode == "paper":
        assert_close(prediction.score, want["anomalib_fewshot_image_score"])


@pytest.mark.parametrize("mode", ["paper", "compatibility"])
@pytest.mark.parametrize("shots", [0, 2])
def test_a_batch_is_its_images_one_by_one(backbone: ClipBackbone, mode: str, shots: int) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(3, 3, 56, 84, generator=generator)
    known = [References(torch.randn(shots, 3, 56, 84, generator=generator), {})] if shots else []
    network = WinCLIP(backbone, mode, references=known)
    texts = torch.stack([text(network, noun) for noun in ("brain", "screw", "brain")])
    together = network.predict(images, texts)
    for index in range(3):
        alone = network.predict(images[index : index + 1], texts[index])
        torch.testing.assert_close(alone.score, together.score[index : index + 1], rtol=2e-5, atol=1e-6)
        torch.testing.assert_close(alone.anomaly_map, together.anomaly_map[index : index + 1], rtol=2e-5, atol=1e-6)


def test_every_further_reference_can_only_bring_an_image_nearer(backbone: ClipBackbone, images: torch.Tensor) -> None:
    other = torch.randn(2, 3, 70, 70, generator=torch.Generator().manual_seed(1))
    known, maps = torch.cat([other, images[:1]]), []
    for shots in (1, 2, 3):
        network = WinCLIP(backbone, references=[References(known[:shots], {})])
        maps.append(network.predict(images, text(network)).anomaly_map)
    assert (maps[1] <= maps[0] + 1e-6).all() and (maps[1] < maps[0] - 1e-4).any()
    assert (maps[2][0] < maps[1][0]).all()
    assert network.settings()["references"] == 3
    assert "normal references: 3" in network.provenance.source


def test_windows_are_batches_whatever_their_number(
    backbone: ClipBackbone, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = encode_windows(backbone, images, 3)
    monkeypatch.setattr("acd_monai.networks.windows.WINDOWS_AT_ONCE", 7)
    torch.testing.assert_close(encode_windows(backbone, images, 3), whole, rtol=1e-5, atol=1e-5)


def test_certain_windows_give_no_nan(backbone: ClipBackbone, images: torch.Tensor) -> None:
    for mode in ("paper", "compatibility"):
        for known in ([], [References(images[:1], {})]):
            network = WinCLIP(backbone, mode, temperature=1e-4, references=known)  # every softmax is exactly 0 or 1
            for values in network.predict(images, text(network)):
                assert values.isfinite().all() and values.min() >= 0 and values.max() <= 1


def test_a_window_holds_its_own_patches() -> None:
    assert patches_of_windows((2, 3), 2).tolist() == [[0, 1, 3, 4], [1, 2, 4, 5]]
    values = torch.tensor([[2.0, 4.0]])
    torch.testing.assert_close(mean_over_windows(values, (2, 3), 2), torch.tensor([[[2.0, 3, 4], [2, 3, 4]]]))
    torch.testing.assert_close(harmonic_over_windows(values, (2, 3), 2)[0, 0], torch.tensor([2.0, 8 / 3, 4]))


def test_nothing_is_trained_and_the_guard_knows(backbone: ClipBackbone, images: torch.Tensor) -> None:
    network = WinCLIP(backbone)
    assert not list(network.adapters().parameters())
    assert network.provenance.trained and network.notes["training"]["datasets"] == []
    logits = network(images, text(network))
    assert logits.image.shape == (2, 2) and logits.pixel.shape == (2, 2, 2, 5, 5)
    assert WinCLIP(backbone, references=[References(images, {})]).notes == {}  # nobody said where they are from
    assert WinCLIP(backbone, references=[References(images, {"from": "a"})]).notes == {"from": "a"}
    mixed = [References(images, {"from": "a"}), References(images, {"from": "b"})]
    assert WinCLIP(backbone, references=mixed).notes == {}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "fast"}, "mode is 'fast'; wanted one of paper, compatibility"),
        ({"temperature": 0.0}, "temperature is 0.0; wanted a number above 0"),
        ({"weights": "adapter.pth"}, "weights are 'adapter.pth', and WinCLIP has none"),
        ({"references": [References(torch.zeros(0, 3, 70, 70), {})]}, "wanted .* k at least 1"),
        ({"references": [References(torch.zeros(1, 3, 71, 70), {})]}, "71×70 pixels does not divide into patches"),
    ],
)
def test_refusals(backbone: ClipBackbone, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        WinCLIP(backbone, **settings)


@pytest.mark.parametrize("mode", ["paper", "compatibility"])
def test_each_noun_has_its_own_references(backbone: ClipBackbone, mode: str) -> None:
    generator = torch.Generator().manual_seed(0)
    images, known = (torch.randn(count, 3, 56, 84, generator=generator) for count in (3, 3))
    of_each = [References(known[:1], {}), References(known[1:], {})]
    network = WinCLIP(backbone, mode, references=of_each)
    texts = torch.stack([text(network, noun) for noun in ("brain", "screw", "brain")])
    together = network.predict_nouns(images, texts, torch.tensor([1, 0, 1]))
    for index, noun in enumerate((1, 0, 1)):
        alone = WinCLIP(backbone, mode, references=of_each[noun : noun + 1])
        wanted = alone.predict(images[index : index + 1], texts[index])
        torch.testing.assert_close(together.score[index : index + 1], wanted.score, rtol=2e-5, atol=1e-6)
        torch.testing.assert_close(together.anomaly_map[index : index + 1], wanted.anomaly_map, rtol=2e-5, atol=1e-6)
    swapped = network.predict_nouns(images, texts, torch.tensor([0, 1, 0]))
    assert not torch.isclose(swapped.anomaly_map, together.anomaly_map, rtol=1e-3).all()
    assert network.settings()["references"] == 3
    with pytest.raises(ConfigError, match="references of 2 nouns; say which one an image shows"):
        network.predict(images, texts)


def test_the_detector_says_which_noun_an_image_shows(backbone: ClipBackbone, images: torch.Tensor) -> None:
    references = [References(images[:1], {}), References(images[1:], {})]
    prompts = overlay_prompts("win_clip", "paper")
    detector = AnomalyDetector(WinCLIP(backbone, references=references), ["brain", "screw"], prompts)
    pixels = images * detector.std + detector.mean
    with torch.no_grad():
        same, other = (detector.predict(pixels, torch.tensor(nouns)) for nouns in ([0, 1], [1, 0]))
    assert (same.score < other.score).all()  # an image that is its own reference is near it


def test_a_grid_without_windows_is_refused(backbone: ClipBackbone) -> None:
    network = WinCLIP(backbone)
    with pytest.raises(ConfigError, match="grid of 2×5 patches has no window of 3×3"):
        network.predict(torch.zeros(1, 3, 28, 70), text(network))
