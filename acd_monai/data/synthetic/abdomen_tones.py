"""Hounsfield units of the abdomen's tissues, before contrast agent and in its phases."""

from __future__ import annotations

import numpy as np

from acd_monai.errors import ConfigError

__all__ = ["CT_PHASES", "draw_hounsfield"]

_TISSUES = (
    "liver", "spleen", "cortex", "medulla", "muscle", "pancreas", "wall", "aorta", "cava", "portal", "hepatic"
)  # fmt: skip

_PHASES = {
    "native": (58, 48, 33, 32, 52, 40, 38, 40, 40, 40, 40),
    "arterial": (68, 105, 165, 70, 58, 95, 70, 310, 75, 95, 62),
    "portal": (108, 120, 175, 150, 64, 92, 75, 160, 145, 172, 165),
    "late": (92, 100, 150, 150, 64, 78, 68, 120, 118, 120, 118),
}

CT_PHASES = tuple(_PHASES)
"""Before contrast agent, and its arterial, portal venous and late phase."""


def draw_hounsfield(rng: np.random.Generator, phase: str) -> dict[str, float]:
    """Return each tissue's Hounsfield units in this patient.

    Raises:
        ConfigError: the phase is none of :data:`CT_PHASES`.
    """
    if phase not in _PHASES:
        raise ConfigError(f"CT phase is {phase!r}; wanted one of {', '.join(CT_PHASES)}.")
    native, chosen = np.array(_PHASES["native"], float), np.array(_PHASES[phase], float)
    values = native + (chosen - native) * rng.uniform(0.7, 1.25) + rng.normal(0.0, 4.0, len(native))
    hounsfield = dict(zip(_TISSUES, (float(value) for value in values), strict=True))
    if rng.uniform() < 0.2:  # a fatty liver
        hounsfield["liver"] -= rng.uniform(10.0, 45.0)
    return hounsfield | {
        "air": -1000.0,
        "lung": rng.uniform(-880.0, -780.0),
        "fat": rng.uniform(-115.0, -92.0),
        "skin": rng.uniform(0.0, 40.0),
        "bile": rng.uniform(2.0, 18.0),
        "marrow": rng.uniform(110.0, 230.0),
        "bone": rng.uniform(420.0, 800.0),
        "disc": rng.uniform(70.0, 110.0),
        "cord": rng.uniform(20.0, 40.0),
        "food": float(rng.choice((rng.uniform(0.0, 40.0), rng.uniform(30.0, 80.0), rng.uniform(150.0, 350.0)))),
    }
