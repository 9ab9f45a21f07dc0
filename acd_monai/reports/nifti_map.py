"""The anomaly map as a NIfTI-1 file on the source's own grid, which any viewer lays over the study."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from acd_monai.errors import GeometryError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.gzip_stream import gzip_stream
from acd_monai.reports.map_checks import check_affine, check_anomaly_map

__all__ = ["write_map"]

DESCRIPTION = b"acd_monai anomaly map"
DESCRIPTION_BYTES = 79
SCANNER_CODE = 1
UNKNOWN_CODE = 0
LARGEST_AXIS = int(np.iinfo(np.int16).max)
"""NIfTI-1 keeps the shape in int16."""


def write_map(anomaly_map: np.ndarray, affine: np.ndarray, path: Path | str, *, alert: str | None = None) -> None:
    """Write an anomaly map as compressed float32 NIfTI-1.

    The sform holds the affine as given (code 1, "scanner"; NIfTI-1 rounds it to float32). The qform says the same
    where it can; it has no room for shear, and then its code is 0 ("unknown"), so that no reader trusts it. Display
    range is [0, 1]. The same map gives the same bytes, see :func:`~acd_monai.reports.gzip_stream.gzip_stream`.

    Args:
        anomaly_map: ``(I, J, K)``, finite, in [0, 1].
        affine: ``(4, 4)``, voxel index to RAS+ millimetres.
        path: File to write, ending in ``.nii.gz``.
        alert: What must not be overlooked; it takes the place of the header's description, cut to 79 bytes.

    Raises:
        AcdMonaiError: The map is not ``(I, J, K)``, finite and in [0, 1].
        OutputError: The file cannot be written.
        GeometryError: The affine does not place voxels in space, or an axis is longer than NIfTI-1 can hold.
    """
    check_anomaly_map(anomaly_map)
    affine = check_affine(affine)
    if max(anomaly_map.shape) > LARGEST_AXIS:
        raise GeometryError(
            f"anomaly map has shape {anomaly_map.shape}; NIfTI-1 holds at most {LARGEST_AXIS} along an axis. "
            "Crop or downsample the source first."
        )
    image = nib.Nifti1Image(np.asarray(anomaly_map, dtype=np.float32), affine)
    image.header["descrip"] = alert.encode()[:DESCRIPTION_BYTES] if alert else DESCRIPTION
    image.header["cal_min"] = 0.0
    image.header["cal_max"] = 1.0
    image.header.set_xyzt_units(xyz="mm")
    try:
        image.set_qform(affine, code=SCANNER_CODE, strip_shears=False)
    except HeaderDataError:
        image.set_qform(affine, code=UNKNOWN_CODE)  # keeps the voxel sizes, which readers without sform still use
    image.set_sform(affine, code=SCANNER_CODE)
    with written_whole(path) as part, part.open("wb") as file, gzip_stream(file) as stream:
        image.to_stream(stream)
