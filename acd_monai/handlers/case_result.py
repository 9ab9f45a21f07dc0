"""One scored case, brought back from slice orientation to the source's own grid and order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import nibabel as nib
import numpy as np
from monai.data import MetaTensor
from torch import Tensor

from acd_monai.errors import GeometryError
from acd_monai.reports import Components, SliceScores, Source, find_components
from acd_monai.reports.outputs import Picture
from acd_monai.reports.planes import letters_of
from acd_monai.transforms import PLANE_OF_NORMAL, SlicePlane

__all__ = ["CaseResult"]

FEWEST_PIXELS = 32
"""A slice with fewer along a side shows little of what it is a slice of."""


@dataclass(frozen=True)
class CaseResult:
    """What was computed for one case.

    Attributes:
        image: ``(C, rows, columns, slices)`` in [0, 1], in slice orientation.
        pred: anomaly map ``(1, I, J, K)`` on the source's grid.
        scores: ``(slices,)`` in slice orientation, NaN where not scored.
        plane: the plane asked for.
        notes: what was noticed when the case was chosen.
    """

    image: MetaTensor
    pred: MetaTensor
    scores: Tensor
    plane: str
    notes: tuple[str, ...] = ()

    def anomaly_map(self) -> np.ndarray:
        """Return the map ``(I, J, K)`` on the source's grid.

        Raises:
            GeometryError: shape or affine are not the source's; then no map may be written.
        """
        shape, affine = tuple(self.pred.shape[1:]), np.asarray(self.pred.affine)
        source = self.source()
        if shape != source.shape or not np.allclose(affine, source.affine, rtol=0, atol=1e-6):
            raise GeometryError(
                f"the map came back as {shape} with affine {affine.tolist()}, the source is {source.shape} with "
                f"{source.affine.tolist()}; this is a fault of the transforms, please report it"
            )
        return self.pred.as_tensor()[0].clamp(0, 1).numpy()

    def picture(self) -> Picture:
        """Return what to look at, slices in the order of the source's own axis."""
        image, affine = self.image.as_tensor().cpu().numpy(), np.asarray(self.image.affine, dtype=np.float64)
        oriented = cast("MetaTensor", SlicePlane(self.plane)(self.pred))
        anomaly_map = oriented.as_tensor()[0].clamp(0, 1).cpu().numpy()
        if self._source_axis()[1]:
            image, anomaly_map = image[..., ::-1], anomaly_map[..., ::-1]
            affine = affine @ np.array(((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, -1, image.shape[-1] - 1), (0, 0, 0, 1.0)))
        scores = np.asarray(self.slice_scores().scores)
        letters = None if self.source().kind == "frame" else letters_of(affine)
        labels = [f"slice {index}" for index in range(len(scores))]
        return Picture(image, anomaly_map, affine, scores, labels, self.pixel_size(), letters)

    def components(self, anomaly_map: np.ndarray, threshold: float) -> Components:
        """Return the regions of the map at or above the threshold."""
        return find_components(anomaly_map, self.source().affine, threshold)

    def timeline(self) -> None:
        """Return nothing: only a video has times."""

    def facts(self) -> dict[str, Any]:
        """Return what the summary says beyond any other case: nothing."""
        return {}

    def source(self) -> Source:
        """Describe what was scored."""
        meta = self.image.meta
        i, j, k = (int(length) for length in meta["spatial_shape"])
        affine = np.asarray(meta["original_affine"], dtype=np.float64)
        return Source(str(meta.get("modality", "")), str(meta.get("kind", "volume")), (i, j, k), affine)

    def slice_scores(self) -> SliceScores:
        """Return the scores in the order of the source's own axis."""
        axis, flipped = self._source_axis()
        scores = self.scores.cpu().numpy()
        return SliceScores(self._plane_name(), axis, scores[::-1].copy() if flipped else scores)

    def pixel_size(self) -> tuple[float, float]:
        """Return height and width of a pixel in slice orientation, in millimetres (frames: 1)."""
        height, width = np.linalg.norm(np.asarray(self.image.affine)[:3, :2], axis=0)
        return float(height), float(width)

    def warnings(self) -> list[str]:
        """Return what was noticed when the case was chosen, read and sliced."""
        found = [*self.notes]
        found += [line for line in str(self.image.meta.get("acd_warnings", "")).splitlines() if line]
        height, width = self.pixel_size()
        rows, columns = self.image.shape[1:3]
        coarse = max(height, width) > 3 * min(height, width) or min(rows, columns) < FEWEST_PIXELS
        if coarse and self.plane != "acquisition" and self.source().kind == "volume":
            found.append(
                f"{self.plane} slices are {rows}×{columns} pixels of {height:.2f}×{width:.2f} mm: the volume was "
                "scanned in another plane or is small; plane 'acquisition' scores the slices as they were scanned"
            )
        if self.image.shape[0] == 3 and self.source().kind == "volume":
            found.append("a volume in colour: its intensities were scored as they are, without window or scaling")
        if not self.scores.isfinite().any():
            found.append("no slice had enough foreground to be scored; the map is 0 everywhere and there is no score")
        return found

    def _plane_name(self) -> str:
        if self.source().kind == "frame" or self.plane == "stored":
            return "stored"
        return PLANE_OF_NORMAL[nib.aff2axcodes(np.asarray(self.image.affine))[2]]

    def _source_axis(self) -> tuple[int, bool]:
        """Which axis of the source the slices lie along, and whether they run against it."""
        normal = np.asarray(self.image.affine)[:3, 2]
        columns = self.source().affine[:3, :3]
        fits = [np.allclose(columns[:, axis], sign * normal, atol=1e-6) for axis in range(3) for sign in (1, -1)]
        axis, against = divmod(fits.index(True), 2)
        return axis, bool(against)
