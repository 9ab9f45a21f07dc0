"""APRIL-GAN's augmentation: four images of one class side by side, two above two, in place of an image (2023)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from monai.data import Dataset
from torch import Generator, Tensor

from acd_monai.errors import ConfigError
from acd_monai.transforms.augmentation import Augmented
from acd_monai.transforms.resize_mask import resize_mask

__all__ = ["Mosaic"]

_TILES = 4


class Mosaic:
    """Makes mosaics of a data set's images now and then.

    For each tile first one of the folders in which the class's images lie is drawn, then an image in it: on MVTec a
    folder is a kind of defect, or ``good``, and all are equally likely however many images they hold. The authors put
    the pictures together as they are on disk and resize the whole; here the tiles come at the network's size, as
    training keeps them, and so are resized twice.

    Args:
        dataset: its ``data`` has ``image`` (path) and ``class_name``; its items have uint8 ``image`` ``(3, S, S)`` and
            ``mask`` ``(1, S, S)`` of 0 and 1.
        probability: share of the images that give way to a mosaic.

    Raises:
        ConfigError: a probability outside [0, 1].
    """

    def __init__(self, dataset: Dataset, probability: float = 0.2) -> None:
        if not 0 <= probability <= 1:
            raise ConfigError(f"probability of a mosaic is {probability}; wanted 0 to 1")
        self.dataset = dataset
        self.probability = probability
        folders: defaultdict[str, defaultdict[Path, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, item in enumerate(dataset.data):
            folders[item["class_name"]][Path(item["image"]).parent].append(index)
        self._folders = {name: list(of_class.values()) for name, of_class in folders.items()}

    def settings(self) -> dict[str, Any]:
        """Return what changes a run."""
        return {"probability": self.probability}

    def __call__(self, index: int, generator: Generator) -> Augmented | None:
        """Return what stands in for an image of the data set, None where it stays as it is.

        Args:
            index: of the image.
            generator: all that is drawn comes from it.

        Returns:
            float ``(1, 3, S, S)`` in [0, 1] and ``(1, 1, S, S)`` of 0 and 1.
        """
        if torch.rand(1, generator=generator).item() >= self.probability:
            return None
        folders = self._folders[self.dataset.data[index]["class_name"]]
        tiles = [self.dataset[_draw(_draw(folders, generator), generator)] for _ in range(_TILES)]
        image, mask = (_two_by_two([torch.as_tensor(tile[key]) for tile in tiles]) for key in ("image", "mask"))
        size = (image.shape[-2] // 2, image.shape[-1] // 2)
        image = F.interpolate(image / 255, size, mode="bicubic", antialias=True).clamp(0, 1)
        return Augmented(image, resize_mask(mask, size, "bilinear").float())


def _draw(choices: list[Any], generator: Generator) -> Any:
    return choices[int(torch.randint(len(choices), (1,), generator=generator))]


def _two_by_two(tiles: list[Tensor]) -> Tensor:
    """Four ``(C, S, S)``, row by row → float ``(1, C, 2S, 2S)``."""
    rows = [torch.cat(tiles[start : start + 2], dim=-1) for start in (0, 2)]
    return torch.cat(rows, dim=-2)[None].float()
