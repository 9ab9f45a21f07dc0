"""``slicer``: a 3D Slicer scene of a volume; a picture has no place in a patient and no scene."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from acd_monai.data.reader import read_volume
from acd_monai.errors import InputError, OutputSkippedError
from acd_monai.reports.map_scale import scale_of_slices
from acd_monai.reports.outputs.case_output import CaseOutput, Side
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.slicer import SCENE_ENDINGS, display_window, write_slicer_scene

__all__ = ["SLICER"]


def _write(view: CaseView, paths: Mapping[str, Path]) -> Iterable[str]:
    summary = view.summary
    if summary.source.kind != "volume":
        return ()
    image, shown = _read_again(view), view.picture
    grey = image.shape[0] == 1
    return write_slicer_scene(
        summary.case,
        paths["slicer_scene"].parent,
        image=image,
        affine=summary.source.affine,
        anomaly_map=view.anomaly_map,
        components=summary.components,
        threshold=summary.threshold.value,
        window=display_window(image[0], summary.source.affine, shown.image[0], shown.affine) if grey else (0.0, 1.0),
        scale=scale_of_slices(shown.anomaly_map, shown.scores),
        map_file=summary.outputs.get("anomaly_map"),
        alert=view.alert,
    )


def _read_again(view: CaseView) -> np.ndarray:
    """Return the image in its own unit: what was scored had a window applied, and the rest cut off.

    A series with uneven gaps is resampled again; had that not been asked for, it would not have been scored.
    """
    source = view.summary.source
    if view.locator is None:
        raise OutputSkippedError("it is not known where the image was read from")
    try:
        volume = read_volume(view.locator, resample_uneven=True)
    except InputError as error:
        raise OutputSkippedError(f"the image cannot be read again: {error}") from error
    if volume.array.shape[1:] != tuple(source.shape) or not np.allclose(volume.affine, source.affine, atol=1e-6):
        raise OutputSkippedError("the image has changed since it was scored; run again for this case")
    return volume.array


SLICER = CaseOutput("slicer", SCENE_ENDINGS, _write, Side.VOLUMES)
