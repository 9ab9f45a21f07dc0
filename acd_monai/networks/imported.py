"""The authors' checkpoints of all methods but ACD-CLIP, read without a backbone: names and sizes tell what they hold.

That they fit a backbone is seen when a network takes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from acd_monai.errors import WeightsError
from acd_monai.networks import nets
from acd_monai.networks.nets.base import AnomalyNetwork
from acd_monai.networks.official import IMPORTED_FROM, Sizes, load_adapters, official_state
from acd_monai.networks.weights import read_checkpoint

__all__ = ["Imported", "find_network", "read_official"]

_NAMED = 8


class Imported(NamedTuple):
    """What an authors' file holds.

    Attributes:
        method: class name of the network.
        state: tensors under this project's names.
        notes: for a file of this project.
        ignored: names in the file that no one uses, sorted.
    """

    method: str
    state: dict[str, Tensor]
    notes: dict[str, Any]
    ignored: list[str]


def find_network(path: Path) -> type[AnomalyNetwork]:
    """Return the method whose authors' file this is.

    Raises:
        WeightsError: not there, unreadable, or no method's; what it holds is named, and what was wanted.
    """
    content = read_checkpoint(path)
    networks = [value for value in vars(nets).values() if isinstance(value, type) and issubclass(value, AnomalyNetwork)]
    known = {network: network.official for network in networks if network.official is not None}
    for network, form in known.items():
        if form.recognises(content):
            return network
    wanted = ", ".join(f"{network.__name__} ({form.mark})" for network, form in known.items())
    held = [str(name) for name in content]
    raise WeightsError(
        f"{path.name} is no method's checkpoint; wanted ACDCLIP ('image_adapter', 'text_adapter'), {wanted}; it holds: "
        f"{', '.join(held[:_NAMED])}{f' and {len(held) - _NAMED} more' if held[_NAMED:] else ''}"
    )


def read_official(path: Path, network: type[AnomalyNetwork]) -> Imported:
    """Read an authors' file.

    Raises:
        WeightsError: not exactly the tensors wanted, in sizes that belong together; each misfit is named as in the
            file.
    """
    form = network.official
    assert form is not None and form.empty is not None  # find_network returns no other
    method = network.__name__
    adapters = form.empty(Sizes(official_state(read_checkpoint(path), form, path.name, method)))
    loaded = load_adapters(adapters, path, form, owner=method, method=method, seed=0)
    notes = {**loaded.notes, "method": method, IMPORTED_FROM: loaded.provenance.sha256}
    return Imported(method, adapters.state_dict(), notes, loaded.ignored)
