"""ACD-CLIP's adapters on disk: the authors' ``adapter_N.pth`` in and out, our ``.safetensors`` in and out.

Neither file states N, the ranks or the kernels: they are read off the shapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from acd_monai.errors import ConfigError, OutputError, WeightsError
from acd_monai.networks.weights import Provenance, read_checkpoint, read_notes_of, sha256_of_file

__all__ = [
    "METHOD",
    "TOWERS",
    "AdapterFile",
    "AdapterSizes",
    "export_official",
    "official_name",
    "read_adapters",
    "write_adapters",
]

# (ours, the authors'): {i} group, {k} kernel, {mlp} and {norm} the tensors of such a module.
_NAMES = [
    ("image_adapters.{i}.blend", "image_adapter.m_i_w.{i}.i_w"),
    ("image_adapters.{i}.conv_lora.branches.{k}.down", "image_adapter.lora_adapters.{i}.conv_lora_blocks.{k}.lora_A"),
    ("image_adapters.{i}.conv_lora.branches.{k}.up", "image_adapter.lora_adapters.{i}.conv_lora_blocks.{k}.lora_B"),
    (
        "image_adapters.{i}.conv_lora.branches.{k}.conv_down.weight",
        "image_adapter.lora_adapters.{i}.conv_lora_blocks.{k}.conv_lora_A.weight",
    ),
    (
        "image_adapters.{i}.conv_lora.branches.{k}.conv_up.weight",
        "image_adapter.lora_adapters.{i}.conv_lora_blocks.{k}.conv_lora_B.weight",
    ),
    ("image_adapters.{i}.conv_lora.fusion.weight", "image_adapter.lora_adapters.{i}.fusion_conv.weight"),
    ("image_adapters.{i}.segmentation_head.mlp.{mlp}", "image_adapter.seg_proj.{i}.fc.{mlp}"),
    ("image_adapters.{i}.segmentation_head.norm.{norm}", "image_adapter.seg_layer_norms.{i}.{norm}"),
    ("image_adapters.{i}.detection_head.mlp.{mlp}", "image_adapter.det_proj.{i}.fc.{mlp}"),
    ("image_adapters.{i}.detection_head.norm.{norm}", "image_adapter.det_layer_norms.{i}.{norm}"),
    ("image_adapters.{i}.gateway.mlp.{mlp}", "image_adapter.vision_text_gate.{i}.{mlp}"),
    ("text_adapters.{i}.blend", "text_adapter.m_t_w.{i}.i_w"),
    ("text_adapters.{i}.lora.down", "text_adapter.lora_adapters.{i}.lora_A"),
    ("text_adapters.{i}.lora.up", "text_adapter.lora_adapters.{i}.lora_B"),
    ("text_adapters.{i}.norm.{norm}", "text_adapter.layer_norms.{i}.{norm}"),
]
_FIELDS = {"i": r"\d+", "k": r"\d+", "mlp": r"[02]\.(?:weight|bias)", "norm": "weight|bias"}
METHOD = "ACDCLIP"
"""What the notes of a file say whose weights it holds: the class name of the network."""

TOWERS = ("image_adapter", "text_adapter")
"""Keys of the authors' file."""


class AdapterSizes(NamedTuple):
    """The sizes of ACD-CLIP's adapters."""

    n_groups: int
    kernels: tuple[int, ...]
    rank: int
    channels: int
    text_rank: int


class AdapterFile(NamedTuple):
    """Adapters read from a file.

    Attributes:
        state: tensors under this project's names.
        sizes: read off their shapes.
        notes: what the file says of its origin (``epoch``, …), plain values.
        provenance: file name and hash.
    """

    state: dict[str, Tensor]
    sizes: AdapterSizes
    notes: dict[str, Any]
    provenance: Provenance


def read_adapters(path: str | Path) -> AdapterFile:
    """Read adapters in this project's format or in the authors'.

    Raises:
        WeightsError: not there, unreadable, of another method, a name of neither format, or too little to tell the
            sizes.
    """
    path = Path(path).expanduser()
    content = read_checkpoint(path)
    notes: dict[str, Any] = {}
    if path.suffix == ".safetensors":
        notes = read_notes_of(METHOD, path)
        _rename(content, to_ours=False, what=path.name)
        state = content
    else:
        absent = [tower for tower in TOWERS if not isinstance(content.get(tower), Mapping)]
        if absent:
            raise WeightsError(
                f"{path.name} has no {' and no '.join(absent)}; wanted the authors' checkpoint with 'image_adapter' "
                f"and 'text_adapter', or a .safetensors of this project; it holds: {', '.join(map(str, content))}"
            )
        official = {f"{tower}.{name}": value for tower in TOWERS for name, value in content[tower].items()}
        state = _rename(official, to_ours=True, what=path.name)
        notes = {name: value for name, value in content.items() if isinstance(value, (int, float, str))}
    provenance = Provenance(path.name, sha256_of_file(path), trained=True)
    sizes = _sizes(state, path.name)
    _check_complete(state, sizes, path.name)
    return AdapterFile(state, sizes, notes, provenance)


def write_adapters(path: str | Path, state: Mapping[str, Tensor], notes: Mapping[str, Any]) -> None:
    """Write adapters as safetensors, with ``notes`` (plain values) beside them.

    Raises:
        ConfigError: the path does not end in ``.safetensors``, by which the file is told from the authors'.
        OutputError: the file cannot be written.
    """
    if Path(path).suffix != ".safetensors":
        raise ConfigError(f"adapters are to be written to {path}; wanted a name that ends in .safetensors")
    tensors = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    try:
        # One entry alone: safetensors writes several in an order that differs from file to file.
        save_file(tensors, str(path), metadata={"acd_monai": json.dumps(dict(notes), sort_keys=True)})
    except SafetensorError as error:
        raise OutputError(f"could not write {path}: {error}; choose a writable folder with free space") from error


def export_official(adapters: AdapterFile, path: str | Path) -> None:
    """Write adapters in the authors' format: ``{"epoch", "text_adapter", "image_adapter"}``."""
    official = _rename(adapters.state, to_ours=False, what="adapters")
    towers = {
        tower: {name.split(".", 1)[1]: value for name, value in official.items() if name.startswith(f"{tower}.")}
        for tower in reversed(TOWERS)
    }
    torch.save({"epoch": adapters.notes.get("epoch", 0), **towers}, path)


def official_name(name: str) -> str:
    """Return the authors' name of one of this project's adapter tensors."""
    return next(iter(_rename({name: torch.empty(0)}, to_ours=False, what="adapters")))


def _rename(state: Mapping[str, Tensor], *, to_ours: bool, what: str) -> dict[str, Tensor]:
    rules = [(_pattern(theirs), ours) if to_ours else (_pattern(ours), theirs) for ours, theirs in _NAMES]
    renamed, unknown = {}, []
    for name, value in state.items():
        for pattern, target in rules:
            if match := pattern.fullmatch(name):
                renamed[target.format(**match.groupdict())] = value
                break
        else:
            unknown.append(name)
    if unknown:
        raise WeightsError(f"{what}: unexpected tensors: {', '.join(sorted(unknown))}")
    return renamed


def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.escape(template)
    for field, expression in _FIELDS.items():
        escaped = escaped.replace(re.escape(f"{{{field}}}"), f"(?P<{field}>{expression})")
    return re.compile(escaped)


def _check_complete(state: Mapping[str, Tensor], sizes: AdapterSizes, what: str) -> None:
    values = {
        "i": range(sizes.n_groups),
        "k": range(len(sizes.kernels)),
        "mlp": ("0.weight", "0.bias", "2.weight", "2.bias"),
        "norm": ("weight", "bias"),
    }
    missing = []
    for ours, _ in _NAMES:
        fields = [field for field in values if f"{{{field}}}" in ours]
        names = (
            ours.format(**dict(zip(fields, chosen, strict=True))) for chosen in product(*(values[f] for f in fields))
        )
        missing += [official_name(name) for name in names if name not in state]
    if missing:
        raise WeightsError(f"{what}: missing tensors (the authors' names): {', '.join(sorted(missing))}")


def _sizes(state: Mapping[str, Tensor], what: str) -> AdapterSizes:
    """Read the sizes off the shapes; what is inconsistent shows when the tensors are loaded strictly."""
    first = "image_adapters.0.conv_lora.branches."
    groups = {int(match[1]) for name in state if (match := re.match(r"image_adapters\.(\d+)\.", name))}
    branches = {int(name.removeprefix(first).split(".")[0]) for name in state if name.startswith(first)}
    needed = [f"{first}{k}.conv_down.weight" for k in sorted(branches) or [0]] + ["text_adapters.0.lora.down"]
    absent = [official_name(name) for name in needed if name not in state]
    if absent:
        raise WeightsError(f"{what}: missing tensors (the authors' names): {', '.join(absent)}")
    channels, rank = state[needed[0]].shape[:2]
    return AdapterSizes(
        n_groups=max(groups, default=0) + 1,
        kernels=tuple(int(state[name].shape[-1]) for name in needed[:-1]),
        rank=int(rank),
        channels=int(channels),
        text_rank=int(state[needed[-1]].shape[1]),
    )
