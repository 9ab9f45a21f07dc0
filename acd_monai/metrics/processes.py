"""What all processes of a run hold, summed or joined; with one process, what it holds."""

from __future__ import annotations

import ignite.distributed as idist
import torch
from monai.utils import evenly_divisible_all_gather
from torch import Tensor

__all__ = ["gather_over_processes", "reduce_over_processes"]


def reduce_over_processes(values: Tensor, operation: str = "SUM") -> Tensor:
    """Return the elementwise ``SUM`` or ``MAX`` of equally shaped tensors. Every process must call."""
    if idist.get_world_size() == 1:
        return values
    # The clone, because reducing happens in place, and the maps still to come must not be added to the others'.
    return torch.as_tensor(idist.all_reduce(values.clone(), operation)).to(values.device)


def gather_over_processes(values: Tensor) -> Tensor:
    """Return the tensors of all processes, joined along the first axis, their lengths free. Every process must call."""
    return evenly_divisible_all_gather(values, concat=True).to(values.device)
