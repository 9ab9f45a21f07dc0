"""What the script of a case's page has to know, and the blocks of data beside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from PIL import Image

from acd_monai.reports.colour_bar import COLOURS
from acd_monai.reports.html.display_grid import DisplayGrid, choose_grid
from acd_monai.reports.html.page import data_block, data_uri
from acd_monai.reports.html.volume_data import image_nifti, map_levels, map_nifti
from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["COLOUR_MAPS", "MOST_LISTED", "CaseData", "pictures_data", "volume_data"]

COLOUR_MAPS = (COLOURS.name, "viridis", "cividis", "magma")
"""All rise evenly in lightness, so they can be read without colour vision; the first is that of the other pictures."""

MOST_VOXELS = 10_000_000
"""Of a volume in a page: at three bytes each, that and base64 keep any page below 45 MB."""

MOST_PIXELS = 2_000_000
"""Of one picture in a page."""

MOST_LISTED = 50
"""Findings in the list."""


class CaseData(NamedTuple):
    """The data of a page.

    Attributes:
        facts: for the script.
        blocks: HTML of the image and the map.
        grid: which voxels are in the blocks.
    """

    facts: dict[str, Any]
    blocks: str
    grid: DisplayGrid


def volume_data(view: CaseView) -> CaseData:
    """Return the data of a volume's page; places are RAS+ millimetres."""
    picture, source = view.picture, view.summary.source
    sizes = np.linalg.norm(picture.affine[:3, :3], axis=0)
    grid = choose_grid(picture.anomaly_map.shape, sizes, MOST_VOXELS, thinned=(0, 1, 2))
    highest = np.unravel_index(int(view.anomaly_map.argmax()), view.anomaly_map.shape)
    facts = _facts(view, grid) | {
        "findings": [item.peak_mm for item in view.summary.components.items[:MOST_LISTED]],
        "start": {"place": (source.affine @ (*highest, 1.0))[:3], "colours": COLOUR_MAPS[0]},
    }
    blocks = [
        data_block("image-data", image_nifti(picture, grid)),
        data_block("map-data", map_nifti(picture, grid)),
    ]
    return CaseData(facts, "\n".join(blocks), grid)


def pictures_data(view: CaseView) -> CaseData:
    """Return the data of the page of a picture or a video; places are ``(row, column, picture)`` of the full grid."""
    picture, timeline = view.picture, view.timeline
    _, _, count = picture.anomaly_map.shape
    grid = choose_grid(picture.anomaly_map.shape, (1.0, 1.0, 1.0), MOST_PIXELS * count, thinned=(0, 1))
    facts = _facts(view, grid)
    to_picture = np.linalg.inv(np.asarray(facts["grid"]["toSource"]))
    highest = np.unravel_index(int(view.anomaly_map.argmax()), view.anomaly_map.shape)
    facts |= {
        "findings": [_apply(to_picture, item.peak_voxel) for item in view.summary.components.items[:MOST_LISTED]],
        "start": {"place": _apply(to_picture, [int(at) for at in highest]), "colours": COLOUR_MAPS[0]},
    }
    if timeline is not None:
        facts["timeline"] = {
            "positions": np.asarray(timeline.times, dtype=np.float64),
            "scores": timeline.scores,
            "marked": [int(position) for position in timeline.top],
        }
    shown = grid.take(picture.image)
    images = "".join(
        f'<img alt="" src="{data_uri(_png(shown[..., index]), "png")}">' for index in range(shown.shape[-1])
    )
    levels = np.ascontiguousarray(np.moveaxis(map_levels(picture, grid), -1, 0)).tobytes()
    blocks = f'<div id="images" hidden>{images}</div>\n{data_block("map-data", levels)}'
    return CaseData(facts, blocks, grid)


def _facts(view: CaseView, grid: DisplayGrid) -> dict[str, Any]:
    picture = view.picture
    return {
        "threshold": view.summary.threshold.value,
        "grid": {
            "toMm": picture.affine,
            "fromMm": np.linalg.inv(picture.affine),
            "toSource": np.linalg.inv(view.summary.source.affine) @ picture.affine,
            **grid._asdict(),
        },
        "slices": {
            "positions": list(range(len(picture.scores))),
            "scores": picture.scores,
            "labels": ["picture"] if view.summary.source.kind == "frame" else list(picture.labels),
        },
        "colours": {name: _packed_colours(name) for name in COLOUR_MAPS},
    }


def _packed_colours(name: str) -> str:
    """Return 256 times red, green, blue, 8 bits each."""
    colours = (255 * colormaps[name](np.arange(256))[:, :3]).round().astype(np.uint8)
    return base64.b64encode(colours.tobytes()).decode("ascii")


def _apply(matrix: np.ndarray, index: Sequence[int]) -> list[float]:
    return [float(value) for value in (matrix @ (*index, 1.0))[:3]]


def _png(image: np.ndarray) -> bytes:
    """Return a picture ``(C, R, W)`` in [0, 1] as PNG."""
    levels = (np.moveaxis(image, 0, -1) * np.float32(255)).round().astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(levels[..., 0] if levels.shape[-1] == 1 else levels).save(content, format="png")
    return content.getvalue()
