"""The embedded model's own weights: found whole or refused, and said to be what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import save_file

from acd_monai.data import PromptEnsemble
from acd_monai.errors import WeightsError
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone, shipped, shipped_adapters
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.networks.detector import UNTRAINED
from acd_monai.networks.weights import sha256_of_file

PROMPTS = PromptEnsemble(["{}"], ["a damaged {}"], ["{}."])


def make_backbone(weights: str | None) -> ClipBackbone:
    return ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias", weights=weights)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights as the training script packs them."""
    backbone = make_backbone(None)
    halves = {name: value.half().contiguous() for name, value in backbone.clip.state_dict().items()}
    save_file(halves, tmp_path / shipped.CLIP_FILE)
    write_adapters(tmp_path / shipped.ADAPTERS_FILE, ACDCLIP(backbone).adapters().state_dict(), {"method": "ACDCLIP"})
    names = (shipped.ADAPTERS_FILE, shipped.CLIP_FILE)
    sums = [f"{sha256_of_file(tmp_path / name)}  {name}\n" for name in names]
    (tmp_path / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def test_adapters_belong_to_one_backbone(folder: Path) -> None:
    assert shipped_adapters("embedded", "synthetic") == folder / shipped.ADAPTERS_FILE
    assert shipped_adapters("embedded", None) is None
    assert shipped_adapters("embedded", "own.pt") is None
    assert shipped_adapters("ViT-L-14-336", "synthetic") is None


def test_half_precision_takes_little_room(folder: Path) -> None:
    assert shipped.shipped_clip().stat().st_size < 16e6


def test_a_damaged_file_is_refused(folder: Path) -> None:
    path = folder / shipped.CLIP_FILE
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="embedded_clip.safetensors is damaged: .*install acd_monai again"):
        make_backbone("synthetic")


@pytest.mark.parametrize("name", ["SHA256SUMS", shipped.ADAPTERS_FILE])
def test_a_missing_file_is_named_with_the_remedy(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(WeightsError, match="embedded_acd_clip.safetensors, or .* install acd_monai again"):
        shipped_adapters("embedded", "synthetic")


def test_another_tag_is_refused_with_the_one_there_is() -> None:
    with pytest.raises(WeightsError, match="wanted the path of a local file, or a tag: synthetic"):
        make_backbone("openai")


def test_every_detector_says_what_is_to_be_known_of_its_weights(folder: Path) -> None:
    ours, none = make_backbone("synthetic"), make_backbone(None)
    adapters = shipped_adapters("embedded", "synthetic")
    cautions = [
        AnomalyDetector(ACDCLIP(backbone, weights=weights), "scan", PROMPTS).caution
        for backbone, weights in ((ours, adapters), (ours, None), (none, adapters))
    ]
    assert cautions == [shipped.DEMONSTRATION, UNTRAINED, UNTRAINED]
