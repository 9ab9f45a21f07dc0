"""The labelled images of a benchmark as a MONAI data set, shared out over processes, and a loader for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch.distributed as dist
from monai.data import Dataset
from torch.utils.data import Sampler

from acd_monai.data.benchmarks import NORMAL, Sample, has_pixel_labels
from acd_monai.data.case_dataset import FAILURE, failure_reason
from acd_monai.data.formats import format_by_name
from acd_monai.data.prepared_items import PreparedItems
from acd_monai.errors import ConfigError

__all__ = ["FileBatches", "SampleDataset", "sample_items", "share_of_this_process"]


def sample_items(samples: Sequence[Sample], classes: Sequence[str], root: str | Path) -> list[dict[str, Any]]:
    """Turn samples into the items of a data set, class by class.

    Args:
        samples: in any order.
        classes: theirs, in the order of the detector's nouns.
        root: of the data; names are relative to it.

    Returns:
        Of each sample ``image``, ``mask`` (path or None), ``label``, ``class_name``, ``noun_index``, ``case``, ``name``
        and ``masked``: whether its pixels are labelled. Normal pixels of a class without a single mask are not.
    """
    ordered = sorted(samples, key=lambda sample: classes.index(sample.class_name))
    with_masks = {
        name for name in classes if has_pixel_labels(sample for sample in samples if sample.class_name == name)
    }
    return [
        {
            "image": str(sample.image),
            "mask": None if sample.mask is None else str(sample.mask),
            "label": sample.label,
            "class_name": sample.class_name,
            "noun_index": classes.index(sample.class_name),
            "case": sample.case,
            "name": sample.image.relative_to(os.path.abspath(root)).as_posix(),
            "masked": sample.class_name in with_masks and (sample.mask is not None or sample.label == NORMAL),
        }
        for sample in ordered
    ]


class SampleDataset(Dataset):
    """Labelled images, read and transformed one by one.

    An item that fails comes back with ``failure``, the reason, beside what was known of it: a figure that leaves out
    an image must say so.

    Args:
        data: dictionaries with ``image`` and ``mask`` (paths; a mask may be None) and whatever else describes them.
        transform: reads and prepares one.
        prepared_dir: a folder that several runs share, of which the first reads the files and the others do not, see
            :class:`~acd_monai.data.prepared_items.PreparedItems`; None: every run reads.
    """

    def __init__(
        self,
        data: Sequence[dict[str, Any]],
        transform: Callable | None = None,
        prepared_dir: str | Path | None = None,
    ) -> None:
        super().__init__(data, transform)
        self.prepared = None if prepared_dir is None else PreparedItems(prepared_dir)

    def _transform(self, index: int) -> dict[str, Any]:
        known = None if self.prepared is None else self.prepared.read(self.data[index])
        if known is not None:
            return known
        try:
            item = super()._transform(index)
        except Exception as error:  # one bad image must not end the run; it is named in the report
            return {**self.data[index], FAILURE: failure_reason(error)}
        if self.prepared is not None:
            self.prepared.write(self.data[index], item)
        return item


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

    Raises:
        ConfigError: there are fewer items than processes.
    """
    if not dist.is_initialized():
        return list(data)
    if 0 < len(data) < dist.get_world_size():
        raise ConfigError(f"{dist.get_world_size()} processes for {len(data)} images; wanted at most one an image")
    return list(data[dist.get_rank() :: dist.get_world_size()])
