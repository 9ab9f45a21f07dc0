"""The order of a training run's images, which depends on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import islice
from typing import Any, cast

import torch.distributed as dist
from torch.utils.data import DistributedSampler

from acd_monai.errors import ConfigError

__all__ = ["EpochSampler"]


class EpochSampler(DistributedSampler):
    """PyTorch's DistributedSampler that can begin in the middle of an epoch.

    Step ``s`` of epoch ``e`` shows the same images however many processes share them and whether the run was
    interrupted before it or not: a resumed run needs no more than the number of its step.

    Args:
        dataset: what is drawn from.
        batch_size: images of one step, over all processes.
        seed: of the order.

    Attributes:
        share: images of one step for this process.
        steps_done: of the next epoch that is gone through; set by the trainer.

    Raises:
        ConfigError: the batch cannot be shared out evenly.
    """

    def __init__(self, dataset: Sized, batch_size: int, seed: int = 0) -> None:
        processes = dist.get_world_size() if dist.is_initialized() else 1
        rank = dist.get_rank() if dist.is_initialized() else 0
        if batch_size < 1 or batch_size % processes:
            raise ConfigError(
                f"batch_size is {batch_size} for {processes} processes; wanted a multiple of their number, for example "
                f"{max(1, round(batch_size / processes)) * processes}"
            )
        super().__init__(cast("Any", dataset), num_replicas=processes, rank=rank, shuffle=True, seed=seed)
        self.share = batch_size // processes
        self.steps_done = 0

    def __iter__(self) -> Iterator[int]:
        return islice(super().__iter__(), self.steps_done * self.share, None)
