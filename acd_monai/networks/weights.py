"""Reading weights files safely, loading them strictly, and saying where they came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from acd_monai.errors import WeightsError
from acd_monai.networks.torchscript_archive import is_torchscript, read_torchscript

__all__ = [
    "Provenance",
    "load_strictly",
    "read_checkpoint",
    "read_notes_of",
    "sha256_of_file",
    "sha256_of_tensors",
]


class Provenance(NamedTuple):
    """Where weights came from, for every output that is made with them.

    Attributes:
        source: a tag, a file name, or how they were made.
        sha256: of the file, or of the tensors where there is no file.
        trained: False when the numbers mean nothing.
    """

    source: str
    sha256: str
    trained: bool


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read safetensors, a PyTorch file, or OpenAI's TorchScript archive, on the CPU.

    Nothing but tensors and plain containers is unpickled, and no code in a file is run.

    Raises:
        WeightsError: the file is not there, unreadable, or holds no dictionary.
    """
    if not path.is_file():
        raise WeightsError(f"no weights file at {path}; pass the path of a checkpoint that is there")
    try:
        if path.suffix == ".safetensors":
            content: Any = load_file(path)
        elif is_torchscript(path):
            content = read_torchscript(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # every format has its own errors, and none of them names the file
        raise WeightsError(
            f"{path.name} is not a readable checkpoint ({type(error).__name__}); fetch or export it again"
        ) from error
    if not isinstance(content, dict) or not content:
        raise WeightsError(f"{path.name} holds a {type(content).__name__}; wanted a dictionary of tensors")
    return content


def read_notes_of(method: str, path: Path) -> dict[str, Any]:
    """Return what a ``.safetensors`` of this project says of its origin, plain values; empty for another's.

    Args:
        method: class name of the network that wants it.
        path: the file.

    Raises:
        WeightsError: what it says is damaged, or that it belongs to another method.
    """
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get("acd_monai", "{}")
    try:
        notes = dict(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path.name}: its notes are damaged ({text[:40]!r}); export the weights again") from error
    if notes.get("method", method) != method:
        raise WeightsError(
            f"{path.name} holds weights of {notes['method']}, and the method is {method}; choose that method or "
            "other weights"
        )
    return notes


def load_strictly(module: nn.Module, state: Mapping[str, Tensor], what: str, spell: Callable[[str], str] = str) -> None:
    """Load ``state`` into ``module``; every missing, unexpected or misshapen tensor is named.

    Args:
        module: filled in place.
        state: tensors by name.
        what: begins the message when they do not fit.
        spell: how a name is written in that message.

    Raises:
        WeightsError: anything does not fit; then nothing was loaded.
    """
    wanted = module.state_dict()
    misfits = [f"{spell(name)} is missing" for name in wanted if name not in state]
    misfits += [f"{spell(name)} is unexpected" for name in state if name not in wanted]
    misfits += [
        f"{spell(name)} has shape {tuple(state[name].shape)}, wanted {tuple(value.shape)}"
        for name, value in wanted.items()
        if name in state and state[name].shape != value.shape
    ]
    if misfits:
        raise WeightsError(f"{what}: {'; '.join(sorted(misfits))}")
    module.load_state_dict(state)


def sha256_of_file(path: Path) -> str:
    """Return the hex SHA-256 of a file, as ``sha256sum`` prints it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_tensors(state: Mapping[str, Tensor]) -> str:
    """Return the hex SHA-256 over names and bytes of tensors, in name order."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(state[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
