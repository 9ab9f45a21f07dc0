"""Writes the scene of one case: ``<case>.mrml`` with its files beside it, and ``<case>.mrb``, all of it in one file.

What it is and how to use it: ``docs/slicer.md``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.components import Components
from acd_monai.reports.map_checks import check_affine, check_anomaly_map, check_threshold
from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.slicer.bundle import write_bundle
from acd_monai.reports.slicer.files import SceneFiles, bundle_files, scene_file_names
from acd_monai.reports.slicer.findings import write_peaks, write_segmentation
from acd_monai.reports.slicer.nrrd import narrowest, placed_by_itk, write_nrrd
from acd_monai.reports.slicer.scene import Scene
from acd_monai.reports.slicer.views import place_camera, place_slices

__all__ = ["write_slicer_scene"]

COLOUR_LEVELS = 255


def write_slicer_scene(
    case: str,
    folder: Path,
    *,
    image: np.ndarray,
    affine: np.ndarray,
    anomaly_map: np.ndarray,
    components: Components,
    threshold: float,
    window: tuple[float, float],
    scale: MapScale | None = None,
    map_file: str | None = None,
    alert: str | None = None,
) -> dict[str, str]:
    """Write a scene that opens on the top finding; the ``.mrml`` comes after the files it shows.

    Args:
        case: name of the case, fit for a file name.
        folder: where the files go.
        image: ``(1, I, J, K)`` in the source's unit, or ``(3, I, J, K)`` in [0, 1] for colour.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres, of image and map; may be sheared.
        anomaly_map: ``(I, J, K)`` in [0, 1].
        components: regions of the map at or above the threshold; the first become segments and points, all others
            share one more segment.
        threshold: that the components were found with, in [0, 1]; lower scores are not shown, but see ``scale``.
        window: values shown as black and as white, in the image's unit.
        scale: scores that the map's colours stand for; 0 to 1 by default. Of a narrow map the differences are shown,
            and its name and description say so; if it lies on one side of the threshold, its upper half.
        map_file: name of the map as NIfTI in the folder. The scene shows that very file, unless Slicer would not place
            it exactly (a sheared grid): then, or without it, it writes the map once more as NRRD.
        alert: what must not be overlooked.

    Returns:
        Role and file name of what was written, as in :func:`scene_file_names`.

    Raises:
        AcdMonaiError: image and map do not belong together, or the map is not finite and in [0, 1].
        ConfigError: threshold or window make no sense.
        GeometryError: the affine does not place voxels in space.
        OutputError: a file cannot be written.
    """
    affine = check_affine(affine)
    _check(image, anomaly_map, threshold, window)
    colour, shape = image.shape[0] == 3, anomaly_map.shape
    names = scene_file_names(case)
    voxels = np.rint(image * COLOUR_LEVELS).astype(np.uint8) if colour else narrowest(image[0])
    write_nrrd(voxels, affine, folder / names["slicer_image"])
    if map_file is not None and placed_by_itk(folder / map_file, affine, shape):
        names.pop("slicer_map")
    else:
        map_file = names["slicer_map"]
        write_nrrd(anomaly_map.astype(np.float32, copy=False), affine, folder / map_file)
    files = SceneFiles(names["slicer_image"], map_file)
    if components.items:
        files = files._replace(findings=names["slicer_findings"], peaks=names["slicer_peaks"])
        write_segmentation(anomaly_map, affine, threshold, components, folder / files.findings)
        write_peaks(components.items, folder / files.peaks)
    else:
        del names["slicer_findings"], names["slicer_peaks"]

    scene = Scene(
        case,
        colour,
        (0.0, float(COLOUR_LEVELS)) if colour else window,
        threshold,
        scale or MapScale(),
        place_slices(affine, shape, _top_point(anomaly_map, affine, components)),
        place_camera(affine, shape),
        alert,
    )
    with written_whole(folder / names["slicer_scene"]) as part:
        part.write_bytes(scene.text(files))
    inside = bundle_files(files)
    parts = {name: folder / file for name, file in zip(inside, files, strict=True) if file}
    write_bundle(folder / names["slicer_bundle"], scene.text(inside), parts)
    return names


def _top_point(anomaly_map: np.ndarray, affine: np.ndarray, components: Components) -> np.ndarray:
    """Return the peak of the top finding; without findings the map's highest point."""
    if components.items:
        return np.asarray(components.items[0].peak_mm)
    index = np.array(np.unravel_index(int(anomaly_map.argmax()), anomaly_map.shape))
    if anomaly_map.max() <= 0:
        index = (np.array(anomaly_map.shape) - 1) // 2
    return affine[:3, :3] @ index + affine[:3, 3]


def _check(image: np.ndarray, anomaly_map: np.ndarray, threshold: float, window: tuple[float, float]) -> None:
    check_anomaly_map(anomaly_map)
    check_threshold(threshold)
    if image.ndim != 4 or image.shape[0] not in (1, 3) or image.shape[1:] != anomaly_map.shape:
        raise AcdMonaiError(
            f"the scene's image has shape {image.shape} and the map {anomaly_map.shape}; expected (1 or 3, I, J, K) "
            "and (I, J, K). Pass the image on the map's own grid."
        )
    if not window[0] < window[1]:
        raise ConfigError(f"the scene's window is {window}; expected the low end below the high end. Swap them.")
