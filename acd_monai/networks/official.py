"""A method's trained part from a file: the authors' checkpoint, or this project's ``.safetensors``.

A method names the modules it trains as its authors do, so that only the wrapping of their file has to be said here.
ACD-CLIP, whose sizes have to be read off its file, has ``checkpoints.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from acd_monai.errors import WeightsError
from acd_monai.networks.weights import (
    Provenance,
    load_strictly,
    read_checkpoint,
    read_notes_of,
    sha256_of_file,
    sha256_of_tensors,
)

__all__ = ["IMPORTED_FROM", "Loaded", "OfficialFormat", "Sizes", "load_adapters", "official_state"]


IMPORTED_FROM = "imported_from_sha256"
"""In the notes of a file of this project: it holds what the authors' own code trained, and this was their file."""


class Sizes:
    """Sizes read off the tensors of a file.

    Args:
        state: tensors by name.
    """

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        self.state = state

    def of(self, pattern: str, axes: int) -> tuple[int, ...]:
        """Return the shape that most tensors with so many axes have, whose names match a regular expression; else ones.

        So one tensor that is missing or spoilt is the only one that does not fit.
        """
        shapes = [tuple(value.shape) for name, value in self.state.items() if re.fullmatch(pattern, name)]
        counted = Counter(shape for shape in shapes if len(shape) == axes)
        return counted.most_common(1)[0][0] if counted else (1,) * axes


class OfficialFormat(NamedTuple):
    """How the authors' file wraps the tensors.

    Attributes:
        part: key of the dictionary that holds them; None: the file is that dictionary.
        prefix: what every name begins with there.
        ignored: regular expression of the names, without the prefix, that are saved and never used.
        empty: makes the trained part of the sizes that a file's tensors have, whatever backbone they are for; its
            state-dict names are the authors' without the prefix.
    """

    part: str | None = None
    prefix: str = ""
    ignored: str = r"(?!)"
    empty: Callable[[Sizes], nn.Module] | None = None

    @property
    def mark(self) -> str:
        """What tells the file from others, for messages."""
        return f"{self.prefix}…" if self.part is None else repr(self.part)

    def recognises(self, content: Mapping[str, Any]) -> bool:
        """Say whether a checkpoint looks like this one."""
        if self.part is not None:
            return isinstance(content.get(self.part), Mapping)
        return any(str(name).startswith(self.prefix) for name in content)


class Loaded(NamedTuple):
    """Where a method's trained part came from.

    Attributes:
        provenance: file name and hash.
        notes: what the file says of its origin, plain values.
        official: whether the authors' code trained it: their file, or one of this project imported from it.
        ignored: names in the file that no one uses, sorted.
    """

    provenance: Provenance
    notes: Mapping[str, Any]
    official: bool
    ignored: list[str]


def load_adapters(
    adapters: nn.Module, weights: str | Path | None, form: OfficialFormat, *, owner: str, method: str, seed: int
) -> Loaded:
    """Fill ``adapters`` in place from a file; without one they stay as they were initialised.

    Args:
        adapters: the trained part; its state-dict names are the authors' without the prefix.
        weights: the authors' file, one of this project (``.safetensors``), or None.
        form: the authors' wrapping.
        owner: class name of the network, which files of this project note.
        method: for messages.
        seed: that the adapters were initialised from.

    Raises:
        WeightsError: not there, unreadable, of another method, or not exactly the tensors wanted; each misfit is
            named as in the file.
    """
    if weights is None:
        digest = sha256_of_tensors(adapters.state_dict())
        return Loaded(Provenance(f"initialised from seed {seed}, untrained", digest, trained=False), {}, False, [])
    path = Path(weights).expanduser()
    content = read_checkpoint(path)
    provenance = Provenance(path.name, sha256_of_file(path), trained=True)
    what = f"{path.name} does not fit {method}"
    if path.suffix == ".safetensors":
        notes = read_notes_of(owner, path)
        load_strictly(adapters, content, what)
        return Loaded(provenance, notes, IMPORTED_FROM in notes, [])
    state = official_state(content, form, path.name, method)
    ignored = sorted(name for name in state if re.fullmatch(form.ignored, name))
    used = {name: value for name, value in state.items() if name not in ignored}
    begin = "" if form.part is None else f"{form.part}."
    load_strictly(adapters, used, what, spell=lambda name: f"{begin}{form.prefix}{name}")
    notes = {name: value for name, value in content.items() if isinstance(value, int | float | str)}
    return Loaded(provenance, notes, True, ignored)


def official_state(content: Mapping[str, Any], form: OfficialFormat, name: str, method: str) -> dict[str, Tensor]:
    """Return the tensors of the authors' file, their names without the prefix.

    Raises:
        WeightsError: it is another file.
    """
    part = content if form.part is None else content.get(form.part)
    if not isinstance(part, Mapping) or not any(isinstance(value, Tensor) for value in part.values()):
        wanted = "of tensors" if form.part is None else f"with {form.part!r}"
        raise WeightsError(
            f"{name} is not a checkpoint of {method}; wanted the authors' file, a dictionary {wanted}, or a "
            f".safetensors of this project; it holds: {', '.join(map(str, content))}"
        )
    return {str(key).removeprefix(form.prefix): value for key, value in part.items() if isinstance(value, Tensor)}
