"""The layouts by the names that config files use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acd_monai.data.benchmarks.bmad import read_bmad
from acd_monai.data.benchmarks.head_ct import read_head_ct
from acd_monai.data.benchmarks.image_mask_folders import read_images_and_masks, read_isic, read_tn3k
from acd_monai.data.benchmarks.mvtec import read_mvtec
from acd_monai.data.benchmarks.own_folder import read_own_folder
from acd_monai.data.benchmarks.sample import Sample
from acd_monai.data.benchmarks.visa import read_visa
from acd_monai.data.benchmarks.volumes import read_volumes
from acd_monai.data.benchmarks.yes_no import read_yes_no
from acd_monai.errors import ConfigError

__all__ = ["LAYOUTS", "Layout"]


class Layout(NamedTuple):
    """How a data set lies on the disk.

    Attributes:
        read: from its folder, a split and the name of its class to its samples.
        splits: those it has.
        named_classes: the folders name the classes; otherwise there is one, named by the data set.
    """

    read: Callable[[Path, str, str], list[Sample]]
    splits: tuple[str, ...] = ("test",)
    named_classes: bool = False


def _refuse(root: Path, split: str, class_name: str) -> list[Sample]:
    raise ConfigError(
        f"the files in {root} lie in no published order, so a manifest must name them; wanted JSON lines with "
        "image_path, label, class_name and, where there is one, mask_path. Give it as the manifest."
    )


LAYOUTS = {
    "bmad": Layout(read_bmad, ("train", "valid", "test")),
    "folder": Layout(read_own_folder, ("train", "valid", "test"), named_classes=True),
    "head_ct": Layout(read_head_ct),
    "images_and_masks": Layout(read_images_and_masks),
    "isic": Layout(read_isic, ("train", "test")),
    "manifest": Layout(_refuse, ("train", "valid", "test"), named_classes=True),
    "mvtec": Layout(read_mvtec, ("train", "test"), named_classes=True),
    "tn3k": Layout(read_tn3k, ("train", "test")),
    "visa": Layout(read_visa, ("train", "test"), named_classes=True),
    "volumes": Layout(read_volumes, ("train", "test"), named_classes=True),
    "yes_no": Layout(read_yes_no),
}
