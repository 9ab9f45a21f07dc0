"""The layers of a retina about its fovea: where each begins, and how much light each sends back.

Thicknesses follow what optical coherence tomography measures in healthy eyes (Chan et al. 2006; Staurenghi et al. 2014
for the names), varied from eye to eye. All lengths are millimetres: x along a B-scan, y from scan to scan, z depth.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.smooth_fields import smooth_field

__all__ = ["BANDS", "Eye", "Lift", "OctGrid", "draw_eye", "find_surfaces"]

_USUAL = {
    "vitreous": 0.05,
    "RNFL": 0.83,
    "GCL": 0.5,
    "IPL": 0.58,
    "INL": 0.36,
    "OPL": 0.57,
    "ONL": 0.27,
    "ELM": 0.48,
    "IS": 0.36,
    "EZ": 0.84,
    "OS": 0.52,
    "subretinal": 0.06,
    "RPE": 0.95,
    "sub-RPE": 0.5,
    "choriocapillaris": 0.68,
    "choroid": 0.56,
    "sclera": 0.5,
}
"""Brightness, in shares of the displayed decades."""

BANDS = tuple(_USUAL)
"""From the front of the eye backwards; "subretinal" and "sub-RPE" are closed spaces in health."""

_EVENED = {"ONL": 0.03, "OPL": 0.05, "INL": 0.07, "IPL": 0.1, "GCL": 0.12, "RNFL": 0.15}
"""Over how many mm what lifts the retina is evened out at the front of these layers."""

_FIRMNESS = 0.4
"""Share of its thickness to which a layer can be squeezed."""


class OctGrid(NamedTuple):
    """Where the pixels are, mm.

    Attributes:
        z: float32 ``(1, H, 1)``, depth from the top of the picture.
        x: float32 ``(1, 1, W)``, along the B-scan, 0 at its middle.
        y: float32 ``(K, 1, 1)``, across the B-scans, 0 at the fovea's B-scan.
        steps: distances of neighbours ``(y, z, x)``.
    """

    z: np.ndarray
    x: np.ndarray
    y: np.ndarray
    steps: tuple[float, float, float]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return ``(K, H, W)``."""
        return self.y.shape[0], self.z.shape[1], self.x.shape[2]


class Eye(NamedTuple):
    """One healthy retina on a grid.

    Attributes:
        membrane: float32 ``(K, 1, W)``, depth of Bruch's membrane.
        thickness: of each layer by its name in :data:`BANDS`, float32 ``(K, 1, W)``.
        brightness: float32 ``(17,)``, of each band, 1 the brightest, in shares of the displayed decades.
        fovea: x of the foveal centre.
    """

    membrane: np.ndarray
    thickness: dict[str, np.ndarray]
    brightness: np.ndarray
    fovea: float


class Lift(NamedTuple):
    """What disease adds to the layers, mm, float32 ``(K, 1, W)`` each.

    Attributes:
        beneath: between Bruch's membrane and the pigment epithelium.
        subretinal: between the pigment epithelium and the retina.
        outer: swelling of the outer nuclear layer.
        inner: swelling of the inner nuclear layer.
    """

    beneath: np.ndarray
    subretinal: np.ndarray
    outer: np.ndarray
    inner: np.ndarray


def draw_eye(rng: np.random.Generator, grid: OctGrid) -> Eye:
    """Draw a healthy eye: its pit, its thicknesses, how it curves and how it lies in the picture."""
    count, _, width = grid.shape
    field_width, field_depth = grid.steps[2] * width, float(grid.z[0, -1, 0])
    fovea = float(rng.uniform(-0.3, 0.3) * field_width)
    across = grid.x - np.float32(fovea)
    far = np.hypot(across, grid.y)
    pit = 1 - np.exp(-((far / np.float32(rng.uniform(0.33, 0.75))) ** 2))
    pit = np.float32(rng.uniform(0.85, 1.0)) * pit + np.float32(1e-3)
    nasal = 1 / (1 + np.exp(-(rng.choice((-1.0, 1.0)) * across - 1.2) / np.float32(rng.uniform(0.5, 1.2))))
    rim = np.exp(-((far / np.float32(rng.uniform(1.5, 2.4))) ** 2))
    peak = np.exp(-((far / np.float32(rng.uniform(0.35, 0.7))) ** 2))
    one = np.ones_like(far)
    thickness = {
        "RNFL": pit * (0.014 + rng.uniform(0.02, 0.06) * nasal),
        "GCL": pit * (0.016 + 0.032 * rim),
        "IPL": pit * (0.024 + 0.018 * rim),
        "INL": pit * 0.037,
        "OPL": 0.006 + pit * 0.024,
        "ONL": 0.062 + 0.05 * peak,
        "ELM": 0.009 * one,
        "IS": 0.018 * one,
        "EZ": 0.014 * one,
        "OS": 0.018 + 0.014 * peak,
        "RPE": 0.027 * one,
        "choriocapillaris": 0.014 * one,
        "choroid": rng.uniform(0.1, 0.42) * one,
    }
    whole = rng.lognormal(0.0, 0.08)
    for name, value in thickness.items():
        wave = smooth_field(rng, (count, 1, width), (_per(0.6, grid.steps[0]), 0.0, _per(0.5, grid.steps[2])))
        rough = 0.05 + 0.07 * (name == "choroid")
        thickness[name] = (value * whole * rng.lognormal(0.0, 0.1) * (1 + rough * wave)).astype(np.float32)
    retina = sum(thickness[name] for name in BANDS[1:13] if name in thickness)
    shape = _draw_shape(rng, grid)
    # Somewhere between the top edge, with some vitreous, and a choroid that is cut off.
    top, low = float(np.max(np.asarray(retina) - shape)), float(shape.max())
    middle = rng.uniform(min(top + 0.05, 0.9 * field_depth), max(top + 0.06, field_depth - low - 0.12))
    brightness = np.array(list(_USUAL.values())) + rng.normal(0.0, 0.04, len(_USUAL))
    return Eye((shape + np.float32(middle)).astype(np.float32), thickness, brightness.astype(np.float32), fovea)


def _draw_shape(rng: np.random.Generator, grid: OctGrid) -> np.ndarray:
    """Return how deep the membrane lies, ``(K, 1, W)``, mm about 0: tilted, curved, a little wavy, shaken between."""
    count, _, width = grid.shape
    field_width, field_depth = grid.steps[2] * width, float(grid.z[0, -1, 0])
    most = 0.22 * field_depth
    u, v = grid.x / (field_width / 2), grid.y / (field_width / 2)
    tilt, curve = rng.uniform(-0.5, 0.5) * most, -rng.normal(0.25, 0.28) * most
    wave = smooth_field(rng, (count, 1, width), (_per(2.0, grid.steps[0]), 0.0, _per(1.2, grid.steps[2])))
    shaken = rng.normal(0.0, rng.uniform(0.0, 0.012), (count, 1, 1))
    centre = rng.uniform(-0.4, 0.4)
    shape = tilt * u + rng.uniform(-0.3, 0.3) * most * v + curve * ((u - centre) ** 2 + v**2)
    shape = shape + rng.uniform(0.003, 0.018) * wave + shaken
    return (shape - shape.mean()).astype(np.float32)


def find_surfaces(eye: Eye, lift: Lift, step: float) -> np.ndarray:
    """Return where each band after the vitreous begins, float32 ``(16, K, 1, W)``, mm of depth, never decreasing.

    Args:
        eye: in health.
        lift: what disease puts between its layers. Those further in front follow it the more evenly.
        step: from A-scan to A-scan, mm.
    """
    room = {"INL": lift.inner, "ONL": lift.outer, "subretinal": lift.subretinal, "sub-RPE": lift.beneath}
    surfaces = {"choriocapillaris": eye.membrane}
    front = healthy = eye.membrane
    raised = np.zeros_like(front)
    for name in reversed(BANDS[1:14]):
        own, more = eye.thickness.get(name, np.float32(0)), room.get(name, np.float32(0))
        healthy, raised = healthy - own, raised + more
        even = raised
        if name in _EVENED and raised.any():
            even = ndimage.gaussian_filter1d(raised, _EVENED[name] / step, axis=2, truncate=2.5)
        front = np.minimum(healthy - even, front - more - np.float32(_FIRMNESS) * own)
        surfaces[name] = front
    surfaces["choroid"] = eye.membrane + eye.thickness["choriocapillaris"]
    surfaces["sclera"] = surfaces["choroid"] + eye.thickness["choroid"]
    return np.stack([surfaces[name] for name in BANDS[1:]])


def _per(length: float, step: float) -> float:
    """Return a length in grid steps."""
    return length / step
