"""CLIP weights from files, tags and nowhere."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from acd_monai.errors import WeightsError
from acd_monai.networks import ClipBackbone
from acd_monai.networks.weights import sha256_of_file
from tests.networks.conftest import TINY

READ = """
import sys
from pathlib import Path
from acd_monai.networks import ClipBackbone
ClipBackbone("embedded", activation="gelu", position_embedding="bicubic", weights=Path(sys.argv[1]))
"""
SETTINGS = {"activation": "gelu", "position_embedding": "bicubic_antialias"}


@pytest.fixture(scope="module")
def state(backbone: ClipBackbone) -> dict[str, torch.Tensor]:
    return {name: value + 0.5 for name, value in backbone.clip.state_dict().items()}


class Tree(nn.Module):
    """Modules nested as a state dict's names say, for making a TorchScript archive as OpenAI ships them."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        branches: dict[str, dict[str, torch.Tensor]] = {}
        for name, value in state.items():
            head, _, rest = name.partition(".")
            if rest:
                branches.setdefault(head, {})[rest] = value
            else:
                self.register_parameter(head, nn.Parameter(value.half(), requires_grad=False))
        for head, branch in branches.items():
            self.add_module(head, Tree(branch))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def write_torchscript(state: dict[str, torch.Tensor], path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(Tree(state), torch.zeros(1)), str(path))


@pytest.mark.parametrize("form", ["safetensors", "state_dict", "training checkpoint", "torchscript"])
def test_file_formats(state: dict, tmp_path: Path, form: str) -> None:
    path = tmp_path / ("clip.safetensors" if form == "safetensors" else "clip.pt")
    if form == "safetensors":
        save_file(state, path)
    elif form == "state_dict":
        torch.save(state, path)
    elif form == "training checkpoint":
        torch.save({"epoch": 3, "state_dict": {f"module.{name}": value for name, value in state.items()}}, path)
    else:
        with_metadata = {**state, "input_resolution": torch.tensor(70), "context_length": torch.tensor(77)}
        write_torchscript({n: v.float() for n, v in with_metadata.items()}, path)
    backbone = ClipBackbone(TINY, weights=path, **SETTINGS)
    tolerance = {"rtol": 1e-3, "atol": 1e-3} if form == "torchscript" else {"rtol": 0, "atol": 0}
    for name, value in backbone.clip.state_dict().items():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, state[name], **tolerance)
    assert backbone.provenance == (
        "clip.safetensors" if form == "safetensors" else "clip.pt",
        sha256_of_file(path),
        True,
    )


def test_the_code_of_an_archive_is_never_run(tmp_path: Path) -> None:
    class Evil(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2))

        @torch.jit.export
        def __getstate__(self) -> tuple[torch.Tensor, bool]:
            return self.weight, self.training

        @torch.jit.export
        def __setstate__(self, state: tuple[torch.Tensor, bool]) -> None:
            print("THE CODE OF THE ARCHIVE RAN")
            self.weight = state[0]
            self.training = state[1]

    path = tmp_path / "evil.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Evil()), str(path))
    command = [sys.executable, "-c", READ, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "RAN" not in run.stdout + run.stderr
    assert "evil.pt" in run.stderr


def test_an_archive_with_anything_but_tensors_is_refused(state: dict, tmp_path: Path) -> None:
    path = tmp_path / "clip.pt"
    write_torchscript(state, path)
    poisoned = tmp_path / "poisoned.pt"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(poisoned, "w") as target:
        for name in source.namelist():
            evil = pickle.dumps(Path("anything"))
            target.writestr(name, evil if name.endswith("/data.pkl") else source.read(name))
    with pytest.raises(WeightsError, match="not a readable checkpoint"):
        ClipBackbone(TINY, weights=poisoned, **SETTINGS)


def test_a_file_brings_its_own_position_grid(state: dict, tmp_path: Path) -> None:
    path = tmp_path / "clip.pt"
    torch.save({**state, "visual.positional_embedding": torch.randn(4 * 4 + 1, 128)}, path)
    backbone = ClipBackbone(TINY, weights=path, **SETTINGS)
    assert len(backbone.clip.visual.positional_embedding) == 17
    assert len(backbone.image_positions((5, 5))) == 26
    assert not any(parameter.requires_grad for parameter in backbone.parameters())


def test_a_file_of_another_model_is_refused_with_every_name(state: dict, tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save({"surplus": torch.zeros(1), **{n: v for n, v in state.items() if n != "ln_final.bias"}}, path)
    with pytest.raises(
        WeightsError, match=r"other.pt does not fit .*: ln_final.bias is missing; surplus is unexpected"
    ):
        ClipBackbone(TINY, weights=path, **SETTINGS)


def test_without_network_the_message_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", _no_network)
    with pytest.raises(WeightsError) as error:
        ClipBackbone("ViT-B-16", weights="openai", **SETTINGS)
    message = str(error.value)
    assert "ViT-B-16.pt" in message and str(tmp_path / ".cache" / "clip") in message and "\n" not in message


def test_a_damaged_download_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    cached = tmp_path / ".cache" / "clip" / "ViT-B-16.pt"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half a file")
    with pytest.raises(WeightsError, match="ViT-B-16.pt is damaged"):
        ClipBackbone("ViT-B-16", weights="openai", **SETTINGS)


def test_an_unknown_tag_or_path(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="neither a file nor a tag of ViT-B-16; .* openai"):
        ClipBackbone("ViT-B-16", weights="opnai", **SETTINGS)
    with pytest.raises(WeightsError, match="no weights file at"):
        ClipBackbone("ViT-B-16", weights=tmp_path / "missing.pt", **SETTINGS)


def _no_network(*_: object, **__: object) -> None:
    raise OSError("no route to host")
