"""The labelled images of a benchmark as a MONAI data set, shared out over processes, and a loader for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch.distributed as dist
from monai.data import Dataset
from torch.utils.data import Sampler

from acd_monai.data.case_dataset import FAILURE, failure_reason
from acd_monai.data.formats import format_by_name

__all__ = ["FileBatches", "SampleDataset", "share_of_this_process"]


class SampleDataset(Dataset):
    """Labelled images, read and transformed one by one.

    An item that fails comes back with ``failure``, the reason, beside what was known of it: a figure that leaves out
    an image must say so.

    Args:
        data: dictionaries with ``image`` and ``mask`` (paths; a mask may be None) and whatever else describes them.
        transform: reads and prepares one.
    """

    def __init__(self, data: Sequence[dict[str, Any]], transform: Callable | None = None) -> None:
        super().__init__(data, transform)

    def _transform(self, index: int) -> dict[str, Any]:
        try:
            return super()._transform(index)
        except Exception as error:  # one bad image must not end the run; it is named in the report
            return {**self.data[index], FAILURE: failure_reason(error)}


class FileBatches(Sampler[list[int]]):
    """Batches of consecutive pictures; a volume is a batch by itself, as it holds many slices.

    Args:
        data: of the data set.
        batch_size: pictures in a batch.
    """

    def __init__(self, data: Sequence[dict[str, Any]], batch_size: int) -> None:
        self.batches: list[list[int]] = []
        room = 0
        for index, item in enumerate(data):
            is_picture = format_by_name(Path(item["image"])) == "frame"
            if is_picture and room:
                self.batches[-1].append(index)
                room -= 1
            else:
                self.batches.append([index])
                room = batch_size - 1 if is_picture else 0

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self.batches)


def share_of_this_process(data: Sequence[Any]) -> list[Any]:
    """Return every n-th item, n being the number of processes under torchrun: all items, and none twice.

    (A sampler that gives every process equally many repeats some, and a figure would count them twice.)
    """
    if not dist.is_initialized():
        return list(data)
    return list(data[dist.get_rank() :: dist.get_world_size()])
