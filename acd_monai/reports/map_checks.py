"""What every report asks of an anomaly map and of its affine before anything is written."""

from __future__ import annotations

import numpy as np

from acd_monai.errors import AcdMonaiError, ConfigError, GeometryError

__all__ = ["check_affine", "check_anomaly_map", "check_threshold"]


def check_anomaly_map(anomaly_map: np.ndarray) -> None:
    """Refuse a map that is not three-dimensional, not finite, or outside [0, 1].

    Args:
        anomaly_map: ``(I, J, K)``, higher is more anomalous.

    Raises:
        AcdMonaiError: Wrong number of axes, an empty axis, NaN or infinity, or a value outside [0, 1].
    """
    if anomaly_map.ndim != 3 or anomaly_map.size == 0:
        raise AcdMonaiError(
            f"anomaly map has shape {anomaly_map.shape}; expected three non-empty axes (I, J, K). "
            "Remove batch and channel axes first."
        )
    low, high = float(anomaly_map.min()), float(anomaly_map.max())
    if not (np.isfinite(low) and np.isfinite(high)):  # one NaN makes both of them NaN
        count = int(anomaly_map.size - np.count_nonzero(np.isfinite(anomaly_map)))
        raise AcdMonaiError(
            f"anomaly map holds {count} values that are NaN or infinite; expected all finite. "
            "Check the image for non-finite values and the weights for damage; try without mixed precision."
        )
    if low < 0.0 or high > 1.0:
        raise AcdMonaiError(
            f"anomaly map ranges over [{low:.6g}, {high:.6g}]; expected [0, 1]. "
            "Pass the network's prediction, not its logits, and clip after interpolation."
        )


def check_affine(affine: np.ndarray) -> np.ndarray:
    """Return the affine as float64, refused when it cannot place voxels in space.

    Args:
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.

    Raises:
        GeometryError: Wrong shape, non-finite, last row not ``(0, 0, 0, 1)``, or a voxel of no volume.
    """
    affine = np.asarray(affine, dtype=np.float64)
    if affine.shape != (4, 4):
        raise GeometryError(f"affine has shape {affine.shape}; expected (4, 4). Pass the source image's own affine.")
    if not np.isfinite(affine).all() or not np.array_equal(affine[3], (0.0, 0.0, 0.0, 1.0)):
        raise GeometryError(
            f"affine is {affine.tolist()}; expected finite values and the last row [0, 0, 0, 1]. "
            "Pass the source image's own affine."
        )
    volume = abs(float(np.linalg.det(affine[:3, :3])))
    if volume < np.finfo(np.float32).tiny:
        raise GeometryError(
            f"affine gives a voxel of {volume:.3g} mm3; expected more than zero. Check the source's voxel spacing."
        )
    return affine


def check_threshold(threshold: float) -> None:
    """Refuse a threshold outside [0, 1].

    Raises:
        ConfigError: The threshold is NaN or outside [0, 1].
    """
    if not 0.0 <= threshold <= 1.0:
        raise ConfigError(f"threshold is {threshold}; expected a number in [0, 1]. Change the threshold setting.")
