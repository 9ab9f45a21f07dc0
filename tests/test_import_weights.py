"""The authors' files of every method that trains, written here with seeded tensors, become this project's format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from acd_monai.cli import main
from acd_monai.networks import APRILGAN, CLIPAD, AdaCLIP, AnomalyCLIP, ClipBackbone
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.networks.nets.base import AnomalyNetwork
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.networks.weights import read_notes_of
from tests.networks.conftest import TINY

METHODS: dict[str, tuple[type[AnomalyNetwork], str, str]] = {
    "anomaly_clip": (AnomalyCLIP, "prompt_learner", ""),
    "ada_clip": (AdaCLIP, "", "clip_model."),
    "clip_ad": (CLIPAD, "linear_layers", ""),
    "april_gan": (APRILGAN, "trainable_linearlayer", ""),
}
UNUSED = {
    "anomaly_clip": {
        "token_prefix_pos": (1, 1, 1, 64),
        "tokenized_prompts": (2, 77),
        "compound_prompt_projections.0.weight": (896, 64),
    }
}


@pytest.fixture(scope="module")
def backbone() -> ClipBackbone:
    return ClipBackbone(TINY, activation="gelu", position_embedding="bicubic_antialias")


def build(method: str, backbone: ClipBackbone, **settings: Any) -> AnomalyNetwork:
    network = METHODS[method][0]
    return network(backbone, **({"variant": "sdp_plus"} if network is CLIPAD else {}), **settings)  # type: ignore[call-arg]


def official(method: str, backbone: ClipBackbone) -> dict[str, torch.Tensor]:
    shapes = {name: tuple(value.shape) for name, value in build(method, backbone).adapters().state_dict().items()}
    return {name: seeded_tensor(name, shape) for name, shape in {**shapes, **UNUSED.get(method, {})}.items()}


def write(method: str, state: dict[str, torch.Tensor], path: Path) -> Path:
    _, part, prefix = METHODS[method]
    content = {prefix + name: value for name, value in state.items()}
    torch.save({part: content, "epoch": 3} if part else content, path)
    return path


@pytest.mark.parametrize("method", METHODS)
def test_what_is_imported_is_what_the_file_gives(
    method: str, backbone: ClipBackbone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = official(method, backbone)
    source = write(method, state, tmp_path / "authors.pth")
    assert main(["import-weights", str(source), "-o", str(tmp_path / "ours.safetensors")]) == 0
    said = capsys.readouterr().out
    name = METHODS[method][0].__name__
    unused = UNUSED.get(method, {})
    assert f"ours.safetensors: {name} weights, {len(state) - len(unused)} tensors" in said
    assert all(one in said for one in unused)
    notes = read_notes_of(name, tmp_path / "ours.safetensors")
    assert notes["method"] == name and notes.get("epoch") == (None if method == "ada_clip" else 3)
    theirs, ours = (build(method, backbone, weights=tmp_path / one) for one in ("authors.pth", "ours.safetensors"))
    assert theirs.settings() == ours.settings()  # AnomalyCLIP: the last level alone, from both
    for key, value in ours.adapters().state_dict().items():
        assert torch.equal(value, theirs.adapters().state_dict()[key]) and torch.equal(value, state[key])


@pytest.mark.parametrize("method", METHODS)
def test_every_misfit_is_named(
    method: str, backbone: ClipBackbone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, part, prefix = METHODS[method]
    state = official(method, backbone)
    used = sorted(state.keys() - UNUSED.get(method, {}).keys())
    missing = [used[0], used[-1]]
    for name in missing:
        del state[name]
    state["another.one"] = torch.zeros(1)
    spoilt = used[1]
    state[spoilt] = torch.zeros(2, 3, 5)
    source = write(method, state, tmp_path / "authors.pth")
    assert main(["import-weights", str(source)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    begin = (f"{part}." if part else "") + prefix
    assert all(f"{begin}{name} is missing" in line for name in missing)
    assert f"{begin}another.one is unexpected" in line
    assert f"{begin}{spoilt} has shape (2, 3, 5), wanted" in line
    assert not (tmp_path / "authors.safetensors").exists()


def test_files_of_no_method_and_our_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({f"block.{number}": torch.zeros(1) for number in range(10)}, tmp_path / "other.pth")
    assert main(["import-weights", str(tmp_path / "other.pth")]) == 2
    said = capsys.readouterr().err
    assert "other.pth is no method's checkpoint" in said and "it holds: block.0, block.1" in said and "2 more" in said
    assert "AdaCLIP (clip_model.…)" in said and "APRILGAN ('trainable_linearlayer')" in said
    source = write("april_gan", {"fc.0.weight": torch.zeros(2, 3)}, tmp_path / "a.safetensors.pth")
    assert main(["import-weights", str(source)]) == 2
    assert "trainable_linearlayer.fc.3.bias is missing" in capsys.readouterr().err
    (tmp_path / "ours.safetensors").touch()
    assert main(["import-weights", str(tmp_path / "ours.safetensors")]) == 2
    assert "in this project's format already" in capsys.readouterr().err


def test_our_own_weights_are_not_taken_for_the_authors(backbone: ClipBackbone, tmp_path: Path) -> None:

    write_adapters(
        tmp_path / "ours.safetensors", AnomalyCLIP(backbone).adapters().state_dict(), {"method": "AnomalyCLIP"}
    )
    assert AnomalyCLIP(backbone, weights=tmp_path / "ours.safetensors").levels == [3, 6, 9, 12]
