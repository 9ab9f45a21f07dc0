"""How bright each tissue of the head is on MR images of each kind, from 0 (air) to about 1."""

from __future__ import annotations

import numpy as np

from acd_monai.errors import ConfigError

__all__ = ["MR_CONTRASTS", "draw_tones"]

_TISSUES = (
    ("skin", "fat", "muscle", "bone", "marrow", "csf", "grey", "white", "nuclei", "dura", "vessel", "eye", "mucosa")
)  # fmt: skip

_TONES = {
    "t1": (0.55, 0.95, 0.42, 0.06, 0.62, 0.14, 0.47, 0.68, 0.54, 0.35, 0.25, 0.16, 0.45),
    "t2": (0.40, 0.72, 0.26, 0.05, 0.40, 0.98, 0.60, 0.42, 0.47, 0.22, 0.06, 0.95, 0.85),
    "flair": (0.42, 0.70, 0.34, 0.06, 0.36, 0.09, 0.62, 0.48, 0.56, 0.35, 0.14, 0.20, 0.65),
    "pd": (0.45, 0.68, 0.40, 0.08, 0.40, 0.92, 0.80, 0.58, 0.68, 0.32, 0.12, 0.88, 0.80),
    "t1c": (0.60, 0.95, 0.48, 0.06, 0.64, 0.14, 0.49, 0.67, 0.56, 0.80, 0.95, 0.18, 0.80),
}

MR_CONTRASTS = tuple(_TONES)
"""T1, T2, FLAIR, proton density, and T1 after contrast agent."""


def draw_tones(rng: np.random.Generator, contrast: str) -> dict[str, float]:
    """Return the brightness of each tissue, as this scanner and protocol show it.

    A protocol lies between the named contrasts more often than on one, and every tissue is a little off.

    Raises:
        ConfigError: the contrast is none of :data:`MR_CONTRASTS`.
    """
    if contrast not in _TONES:
        raise ConfigError(f"MR contrast is {contrast!r}; wanted one of {', '.join(MR_CONTRASTS)}.")
    towards = {"t1": "t1c", "t2": "pd", "flair": "t2", "pd": "t2", "t1c": "t1"}[contrast]
    mixed = rng.uniform(0.0, 0.25)
    tones = (1 - mixed) * np.array(_TONES[contrast]) + mixed * np.array(_TONES[towards])
    tones *= np.exp(rng.normal(0.0, 0.06, len(tones)))
    tones = tones ** rng.uniform(0.8, 1.25)
    named = dict(zip(_TISSUES, (float(tone) for tone in tones), strict=True))
    # Fat is suppressed on some series, and the scalp goes dark.
    if rng.uniform() < 0.25:
        for name in ("fat", "marrow"):
            named[name] *= rng.uniform(0.15, 0.5)
    return named
