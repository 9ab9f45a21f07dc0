"""A small case with two findings of known places, on straight, oblique and sheared grids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from acd_monai.reports import Components, find_components, write_map
from acd_monai.reports.slicer import write_slicer_scene

SHAPE = (36, 30, 14)
THRESHOLD = 0.4
WINDOW = (100.0, 900.0)
NAME = "Kopf 1 & <größe> 50%20"


def make_affine(kind: str) -> np.ndarray:
    """Return a grid as stored: columns to the left, rows to the back, slices upwards; far from the origin."""
    affine = np.diag([-2.0, -2.5, 5.0, 1.0])
    affine[:3, 3] = (71.0, -112.3, 640.7)
    if kind == "oblique":
        turn = np.linalg.qr(np.eye(3) + 0.35 * np.random.default_rng(4).normal(size=(3, 3)))[0]
        affine[:3, :3] = (turn * np.sign(np.diag(turn))) @ affine[:3, :3]
    elif kind == "sheared":
        affine[1, 2] = 5.0 * np.tan(np.radians(18.5))
    elif kind == "sagittal":
        affine[:3, :3] = np.array([[0, 0, 4.0], [2.0, 0, 0], [0, -2.5, 0]])
    return affine


@dataclass(frozen=True)
class MadeCase:
    image: np.ndarray
    affine: np.ndarray
    anomaly_map: np.ndarray
    components: Components

    def write(self, folder: Path, name: str = NAME, *, with_nifti: bool = True, **more: Any) -> dict:
        file = f"{name}_anomaly.nii.gz"
        if with_nifti:
            write_map(self.anomaly_map, self.affine, folder / file)
        return write_slicer_scene(
            name,
            folder,
            image=self.image,
            affine=self.affine,
            anomaly_map=self.anomaly_map,
            components=self.components,
            map_file=file if with_nifti else None,
            **({"threshold": THRESHOLD, "window": WINDOW} | more),
        )

    def without_findings(self) -> MadeCase:
        quiet = self.anomaly_map * np.float32(0.3)
        return replace(self, anomaly_map=quiet, components=find_components(quiet, self.affine, THRESHOLD))

    def narrow(self) -> MadeCase:
        """The same map between 0.50 and 0.52."""
        values = (0.5 + 0.02 * self.anomaly_map / self.anomaly_map.max()).astype(np.float32)
        return replace(self, anomaly_map=values, components=find_components(values, self.affine, 0.5))


def make_case(kind: str = "straight") -> MadeCase:
    rng = np.random.default_rng(2)
    image = ndimage.gaussian_filter(rng.normal(size=SHAPE), 1.5)
    image = (500 + 400 * image / image.std() * 0.6).astype(np.float32)
    seeds = np.zeros(SHAPE)
    seeds[10, 20, 9], seeds[25, 8, 4] = 1.0, 0.7
    anomaly_map = ndimage.gaussian_filter(seeds, (2.5, 2.2, 1.2))
    anomaly_map = (0.93 * anomaly_map / anomaly_map.max()).astype(np.float32)
    affine = make_affine(kind)
    return MadeCase(image[None], affine, anomaly_map, find_components(anomaly_map, affine, THRESHOLD))
