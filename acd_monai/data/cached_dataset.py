"""Training images, decoded once and kept as bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import ignite.distributed as idist
import numpy as np
from monai.data import Dataset

from acd_monai.data.image_cache import CachedSample, ImageCache, make_cache_key

__all__ = ["CachedDataset"]


class CachedDataset(Dataset):
    """Labelled pictures for training; what the transform gives is kept, so it must not be random.

    Args:
        data: dictionaries with ``image`` and ``mask`` (paths; a mask may be None), ``name``, ``label`` and
            ``noun_index``.
        transform: reads one and prepares it: uint8 ``image`` ``(3, S, S)`` and ``mask`` ``(1, S, S)`` of 0 and 1.
        size: S.
        cache: ``"memory"``, ``"disk"`` or ``"none"``, see :class:`~acd_monai.data.ImageCache`.
        cache_dir: of caches on disk.
        settings: changes whenever the transform does: a cache on disk made otherwise is not used.

    An item is a dictionary with ``image``, ``mask``, ``label``, ``noun_index``, ``name`` and ``index``, its number.
    """

    def __init__(
        self,
        data: Sequence[dict[str, Any]],
        transform: Callable[[dict[str, Any]], dict[str, Any]],
        *,
        size: int,
        cache: Literal["memory", "disk", "none"] = "memory",
        cache_dir: str | None = None,
        settings: str = "",
    ) -> None:
        super().__init__(data, transform)
        self.cache: ImageCache | None = None
        if len(data):
            files = [path for item in data for path in (item["image"], item["mask"]) if path is not None]
            key = make_cache_key(files, f"{size} {settings}") if cache == "disk" else ""
            self.cache = ImageCache(len(data), self._load, size, cache, cache_dir, key, name_of=self._name)

    def fill(self, progress: bool = True) -> None:
        """Decode every image before the first step, so that a damaged one is named now and not in hour three.

        On several processes one decodes for a cache on disk, and the others find it there.

        Raises:
            InputError: images that cannot be read, by name.
            OutputError: no room for the cache.
        """
        if self.cache is not None:
            with idist.one_rank_first():
                self.cache.fill(progress and idist.get_rank() == 0)

    def _name(self, index: int) -> str:
        return str(self.data[index]["name"])

    def _load(self, index: int) -> CachedSample:
        item = self.transform(self.data[index])
        return CachedSample(np.asarray(item["image"]), np.asarray(item["mask"]))

    def _transform(self, index: int) -> dict[str, Any]:
        assert self.cache is not None  # a data set of nothing has no items
        item, sample = self.data[index], self.cache[index]
        return {
            "image": sample.image,
            "mask": sample.mask,
            **{key: item[key] for key in ("label", "noun_index", "name")},
            "index": index,
        }
