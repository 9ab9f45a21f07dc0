"""The sentences the small CLIP learns from: a noun and its state, in the words that the methods ask with."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from open_clip import SimpleTokenizer

__all__ = ["GENERIC_NOUNS", "MEDICAL_NOUNS", "Captions"]

METHODS = Path(__file__).resolve().parents[2] / "configs" / "methods"

MEDICAL_NOUNS: dict[str, tuple[str, ...]] = {
    "head_mri": ("scan", "brain", "brain MRI", "head MRI scan", "MRI slice of a head"),
    "liver_ct": ("scan", "liver", "liver CT", "abdominal CT scan", "CT slice of an abdomen"),
    "retina_oct": ("scan", "retina", "retina OCT", "OCT scan of a retina", "retinal B-scan"),
    "colonoscopy": ("colon endoscopy image", "colonoscopy frame", "colon", "endoscopy picture of a colon"),
}
GENERIC_NOUNS = ("object", "surface", "item", "sample", "image", "scan", "picture", "thing", "part", "texture")

_WORD = re.compile("[a-z]{3,}</w>")


class Captions:
    """Draws sentences from the prompt ensembles of all methods, so that no method asks in words never heard."""

    def __init__(self) -> None:
        configs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(METHODS.glob("*.json"))]
        self._ensembles = [ensemble for config in configs for ensemble in _find_ensembles(config)]
        self._words = sorted(word.removesuffix("</w>") for word in SimpleTokenizer().encoder if _WORD.fullmatch(word))

    def draw_word(self, rng: random.Random) -> str:
        """Return any word that CLIP's tokenizer knows: a noun may be one that no picture came with."""
        return rng.choice(self._words)

    def draw(self, rng: random.Random, noun: str, abnormal: bool) -> str:
        """Return a sentence that says ``noun`` is normal or abnormal."""
        ensemble = rng.choice(self._ensembles)
        state = rng.choice(ensemble["abnormal" if abnormal else "normal"])
        return str(rng.choice(ensemble["templates"]).format(state.format(noun)))


def _find_ensembles(config: Any) -> Iterator[dict[str, list[str]]]:
    """Yield the ensembles in a config that take a noun."""
    if isinstance(config, dict):
        if str(config.get("_target_", "")).endswith("PromptEnsemble") and "noun" not in config:
            yield config
        for value in config.values():
            yield from _find_ensembles(value)
