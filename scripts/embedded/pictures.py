"""The pictures the small CLIP learns from, an endless row out of a seed: industrial ones and healthy medical ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch.utils.data import IterableDataset

from acd_monai.data.synthetic import (
    DEFECTS,
    FAMILY_NOUNS,
    TEXTURE_FAMILIES,
    make_colonoscopy,
    make_head_slice,
    make_liver_slice,
    make_retina_oct,
    make_texture,
)
from embedded.captions import GENERIC_NOUNS, MEDICAL_NOUNS, Captions

__all__ = ["HELD_OUT_FAMILIES", "HELD_OUT_SEEDS", "HEALTHY", "SCAN_LIKE", "TRAINING_FAMILIES", "PictureStream"]

SIZE = 256
SHRINK = 2
"""Pictures are made so many times as fine as the model needs them, as real ones are."""

MEDICAL_SHARE = 0.4
ABNORMAL_SHARE = 0.75
"""Of the industrial pictures."""

GENERIC_NOUN_SHARE = 0.2
ANY_WORD_SHARE = 0.1
"""Of the industrial captions: what is damaged may be anything."""

HELD_OUT_FAMILIES = ("leather", "mesh")
TRAINING_FAMILIES = tuple(family for family in TEXTURE_FAMILIES if family not in HELD_OUT_FAMILIES)

SCAN_LIKE = (
    "assembly_ct",
    "cable_section",
    "casting_xray",
    "food_scan",
    "industrial_ct",
    "laminate_scan",
    "pipe_interior",
)
"""Families pictured as scanners and endoscopes picture: three times as often as the others."""

SMOOTH_DEFECTS = ("blob", "bump", "delamination", "hole", "pores", "stain", "swelling", "texture_change")
"""What goes wrong inside of things rather than on them: half of the defects in families like scans."""

HELD_OUT_SEEDS = 2**31
"""Seeds from here on are for testing alone."""

HEALTHY: dict[str, Callable[[int], np.ndarray]] = {
    "head_mri": lambda seed: make_head_slice(seed, SIZE, lesion=False).image,
    "liver_ct": lambda seed: make_liver_slice(seed, SIZE, lesion=False, liver_only=seed % 3 == 0).image,
    "retina_oct": lambda seed: make_retina_oct(seed, SIZE, abnormal=False).image,
    "colonoscopy": lambda seed: make_colonoscopy(seed, SIZE, polyp=False).image,
}


class PictureStream(IterableDataset[dict[str, Any]]):
    """Pictures with their captions; picture ``i`` follows from the seed and ``i`` alone.

    No medical picture shows anything abnormal, and no sentence says that something medical is abnormal: the abnormal
    sentence beside a medical picture is about another, industrial thing.

    Each item holds ``image`` uint8 ``(3, 128, 128)``, ``mask`` bool ``(128, 128)``, and the two sentences it and its
    patches are compared with, ``normal`` and ``abnormal``; ``medical`` says which kind it is.

    Args:
        seed: of the row.
        batch_size: pictures of a batch; a DataLoader's workers take turns in batches, so that their number changes
            nothing.
        start, stop: which of its batches.
    """

    def __init__(self, seed: int, batch_size: int, start: int, stop: int) -> None:
        super().__init__()
        self.seed, self.batch_size, self.start, self.stop = seed, batch_size, start, stop
        self._captions = Captions()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        worker = torch.utils.data.get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        for batch in range(self.start + first, self.stop, step):
            for index in range(batch * self.batch_size, (batch + 1) * self.batch_size):
                rng = random.Random(f"{self.seed} {index}")
                yield self._draw_medical(rng) if rng.random() < MEDICAL_SHARE else self._draw_industrial(rng)

    def _draw_medical(self, rng: random.Random) -> dict[str, Any]:
        kind = rng.choice(list(HEALTHY))
        image = HEALTHY[kind](rng.randrange(HELD_OUT_SEEDS))
        noun, other = rng.choice(MEDICAL_NOUNS[kind]), self._name(rng, rng.choice(TRAINING_FAMILIES))
        normal = self._captions.draw(rng, noun, abnormal=False)
        return _pack(image, None, normal, self._captions.draw(rng, other, abnormal=True), medical=True)

    def _draw_industrial(self, rng: random.Random) -> dict[str, Any]:
        family = rng.choice((*TRAINING_FAMILIES, *SCAN_LIKE, *SCAN_LIKE))
        kinds = SMOOTH_DEFECTS if family in SCAN_LIKE and rng.random() < 0.5 else DEFECTS
        defect = rng.choice(kinds) if rng.random() < ABNORMAL_SHARE else None
        picture = make_texture(family, rng.randrange(HELD_OUT_SEEDS), SIZE, defect)
        noun = self._name(rng, family)
        normal, abnormal = (self._captions.draw(rng, noun, abnormal=state) for state in (False, True))
        return _pack(picture.image, picture.mask, normal, abnormal, medical=False)

    def _name(self, rng: random.Random, family: str) -> str:
        chance = rng.random()
        if chance < ANY_WORD_SHARE:
            return self._captions.draw_word(rng)
        return rng.choice(GENERIC_NOUNS if chance < ANY_WORD_SHARE + GENERIC_NOUN_SHARE else FAMILY_NOUNS[family])


def _pack(image: np.ndarray, mask: np.ndarray | None, normal: str, abnormal: str, *, medical: bool) -> dict[str, Any]:
    colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    mask = np.zeros(colour.shape[:2], dtype=bool) if mask is None else mask
    return {
        "image": F.avg_pool2d(torch.from_numpy(colour.transpose(2, 0, 1)).float(), SHRINK).round().byte(),
        "mask": F.avg_pool2d(torch.from_numpy(mask)[None].float(), SHRINK)[0] >= 0.5,
        "normal": normal,
        "abnormal": abnormal,
        "medical": medical,
    }
