"""Writes the weights as the package holds them: float16 safetensors and their hashes."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from acd_monai.networks.shipped import ADAPTERS_FILE, CLIP_FILE
from acd_monai.networks.weights import sha256_of_file

PICTURES = "synthetic_industrial"
"""What the record calls the pictures; as a folder of one's own, they had no name."""

__all__ = ["pack_adapters", "pack_clip", "write_sums"]


def pack_clip(weights: Path, folder: Path) -> Path:
    """Write the small CLIP."""
    return _write(folder / CLIP_FILE, torch.load(weights, weights_only=True), {})


def pack_adapters(weights: Path, folder: Path) -> Path:
    """Write ACD-CLIP's adapters with the record of what they were trained on."""
    with safe_open(weights, "pt") as file:
        notes = json.loads((file.metadata() or {})["acd_monai"])
    for dataset in notes["training"]["datasets"]:
        dataset["name"] = PICTURES
    return _write(folder / ADAPTERS_FILE, load_file(weights), notes)


def write_sums(folder: Path) -> None:
    """Write ``SHA256SUMS``, which ``sha256sum --check`` reads too."""
    lines = [f"{sha256_of_file(folder / name)}  {name}\n" for name in (ADAPTERS_FILE, CLIP_FILE)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _write(path: Path, state: dict[str, torch.Tensor], notes: dict[str, object]) -> Path:
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    half = {name: value.half().contiguous() for name, value in state.items()}
    save_file(half, path, metadata={"acd_monai": json.dumps(notes, sort_keys=True)})
    path.chmod(0o644)  # safetensors makes it readable for its writer alone
    return path
