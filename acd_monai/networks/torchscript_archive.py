"""The tensors of a TorchScript archive, as OpenAI ships CLIP, without running any of its code.

``torch.jit.load`` executes what an archive brings along, and a stranger's archive may bring anything. The parameters
lie in a pickle beside the code; here it is read with a pickle machine that knows tensors and plain containers only.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

__all__ = ["is_torchscript", "read_torchscript"]

_DTYPES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "DoubleStorage": torch.float64,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def is_torchscript(path: Path) -> bool:
    """Tell whether a file is a TorchScript archive (a state dict of torch.save is a zip file, too)."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """Return parameters and buffers of an archive under their dotted state-dict names.

    Raises:
        pickle.UnpicklingError: the archive holds something other than modules, tensors and plain values.
    """
    with zipfile.ZipFile(path) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(entry) as file:
            root = _TensorUnpickler(file, archive, entry.removesuffix("data.pkl")).load()
    return dict(_walk(root, ""))


class _Module:
    """Stands for any class of the archive: keeps the attributes, has no behaviour."""

    attributes: dict[str, Any]

    def __setstate__(self, state: Any) -> None:
        self.attributes = state if isinstance(state, dict) else {}


class _TensorUnpickler(pickle.Unpickler):
    """Builds modules as inert holders and tensors from the archive's storages; refuses everything else."""

    def __init__(self, file: Any, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(file)
        self.archive = archive
        self.root = root

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("__torch__"):
            return _Module
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
            ("torch.jit._pickle", "restore_type_tag"): lambda value, _: value,
            **{("torch.jit._pickle", f"build_{kind}list"): list for kind in ("int", "bool", "double", "tensor")},
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not a tensor")
        return known[module, name]

    def persistent_load(self, pid: Any) -> Tensor:
        _, dtype, key, _, count = pid
        values = torch.frombuffer(bytearray(self.archive.read(f"{self.root}data/{key}")), dtype=dtype)
        if len(values) < count:
            raise pickle.UnpicklingError(f"storage {key} holds {len(values)} values, {count} are promised")
        return values


def _rebuild_tensor(storage: Tensor, offset: int, size: tuple, stride: tuple, *_: Any) -> Tensor:
    return storage.as_strided(size, stride, offset)


def _walk(module: _Module, prefix: str) -> Any:
    for name, value in module.attributes.items():
        if isinstance(value, Tensor):
            yield prefix + name, value
        elif isinstance(value, _Module):
            yield from _walk(value, f"{prefix}{name}.")
