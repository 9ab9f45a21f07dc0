"""Lists of plain objects, joined over the processes of a run."""

from __future__ import annotations

from typing import Any

import torch.distributed as dist

__all__ = ["gather_lists"]


def gather_lists(mine: list[Any]) -> list[Any]:
    """Return the lists of all processes as one; every process must call."""
    if not dist.is_initialized():
        return mine
    lists: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(lists, mine)
    return [entry for one in lists for entry in one]
