"""The authors' checkpoints in and out, ours in and out, and what is said of files that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from acd_monai.errors import ConfigError, WeightsError
from acd_monai.networks import ACDCLIP, ClipBackbone
from acd_monai.networks.checkpoints import (
    AdapterSizes,
    export_official,
    official_name,
    read_adapters,
    write_adapters,
)
from acd_monai.networks.seeding import seeded_tensor


def official_checkpoint(backbone: ClipBackbone, sizes: AdapterSizes) -> dict:
    """A checkpoint as the authors save it, with tensors seeded by their names."""
    checkpoint: dict = {"epoch": 20, "text_adapter": {}, "image_adapter": {}}
    network = ACDCLIP(backbone, sizes.n_groups, sizes=sizes)
    for name, value in network.adapters().state_dict().items():
        tower, rest = official_name(name).split(".", 1)
        checkpoint[tower][rest] = seeded_tensor(f"{tower}.{rest}", tuple(value.shape))
    return checkpoint


@pytest.mark.parametrize(
    "sizes", [AdapterSizes(2, (3, 5), 16, 8, 16), AdapterSizes(6, (3,), 8, 4, 2), AdapterSizes(4, (1, 3, 5), 4, 2, 8)]
)
def test_import_derives_sizes_and_export_is_bit_equal(
    backbone: ClipBackbone, tmp_path: Path, sizes: AdapterSizes
) -> None:
    checkpoint = official_checkpoint(backbone, sizes)
    torch.save(checkpoint, tmp_path / "adapter_20.pth")
    imported = read_adapters(tmp_path / "adapter_20.pth")
    assert imported.sizes == sizes
    assert imported.notes["epoch"] == 20

    write_adapters(tmp_path / "ours.safetensors", imported.state, imported.notes)
    ours = read_adapters(tmp_path / "ours.safetensors")
    assert ours.sizes == sizes
    network = ACDCLIP(backbone, weights=tmp_path / "ours.safetensors")
    assert network.n_groups == sizes.n_groups
    assert network.provenance.trained
    direct = ACDCLIP(backbone, weights=tmp_path / "adapter_20.pth")
    for mine, theirs in zip(network.parameters(), direct.parameters(), strict=True):
        assert torch.equal(mine, theirs)

    export_official(ours, tmp_path / "back.pth")
    back = torch.load(tmp_path / "back.pth", weights_only=True)
    assert list(back) == list(checkpoint)
    assert back["epoch"] == 20
    for tower in ("text_adapter", "image_adapter"):
        assert set(back[tower]) == set(checkpoint[tower])
        for name, value in checkpoint[tower].items():
            assert torch.equal(back[tower][name], value)


def test_every_missing_and_unexpected_key_is_named(backbone: ClipBackbone, tmp_path: Path) -> None:
    checkpoint = official_checkpoint(backbone, AdapterSizes(2, (3, 5), 16, 8, 16))
    path = tmp_path / "adapter.pth"

    broken = {**checkpoint, "image_adapter": dict(checkpoint["image_adapter"], surplus=torch.zeros(1))}
    torch.save(broken, path)
    with pytest.raises(WeightsError, match="unexpected tensors: image_adapter.surplus"):
        read_adapters(path)

    for name in ("m_i_w.1.i_w", "det_proj.0.fc.2.bias"):
        rest = {key: value for key, value in checkpoint["image_adapter"].items() if key != name}
        torch.save({**checkpoint, "image_adapter": rest}, path)
        with pytest.raises(WeightsError, match=f"missing tensors .*: image_adapter.{name}$"):
            read_adapters(path)

    torch.save({"model": {}}, path)
    with pytest.raises(WeightsError, match="no image_adapter and no text_adapter"):
        read_adapters(path)


def test_weights_of_another_backbone_or_group_count(backbone: ClipBackbone, tmp_path: Path) -> None:
    path = tmp_path / "adapter.pth"
    torch.save(official_checkpoint(backbone, AdapterSizes(2, (3, 5), 16, 8, 16)), path)
    with pytest.raises(ConfigError, match="n_groups is 4, but adapter.pth holds 2 groups"):
        ACDCLIP(backbone, 4, weights=path)
    embedded = ClipBackbone("embedded", activation="gelu", position_embedding="bicubic_antialias")
    with pytest.raises(WeightsError, match=r"has shape \(.*128.*\), wanted \(.*160.*\)"):
        ACDCLIP(embedded, weights=path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 broken"])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_unreadable_files(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"adapter{suffix}"
    with pytest.raises(WeightsError, match="no weights file at"):
        read_adapters(path)
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="not a readable checkpoint"):
        read_adapters(path)


@pytest.mark.parametrize("notes", ["{damaged", "[1]", "3"])
def test_damaged_notes(notes: str, tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "a.safetensors", metadata={"acd_monai": notes})
    with pytest.raises(WeightsError, match=r"a\.safetensors: its notes are damaged"):
        read_adapters(tmp_path / "a.safetensors")


def test_a_pickle_with_code_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"image_adapter": Evil(), "text_adapter": {}}, tmp_path / "adapter.pth")
    with pytest.raises(WeightsError, match="not a readable checkpoint"):
        read_adapters(tmp_path / "adapter.pth")
    assert not (tmp_path / "ran").exists()
