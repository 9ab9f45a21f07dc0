"""The small picture of a case: icon of its page, and its row's picture in the run's table."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.overlay import colour

__all__ = ["make_thumbnail"]

HEIGHT = 96
WIDEST = 2 * HEIGHT


def make_thumbnail(view: CaseView) -> bytes:
    """Return the slice with the highest voxel, the map laid over it, as a JPEG about 96 pixels high."""
    picture = view.picture
    values = picture.anomaly_map
    index = int(values.max(axis=(0, 1)).argmax())
    grey = picture.image[..., index].transpose(1, 2, 0)
    colours = colour(values[..., index], view.summary.threshold.value)
    alpha = colours[..., 3:]
    mixed = (1 - alpha) * grey + alpha * colours[..., :3]
    rows, columns = values.shape[:2]
    height, width = rows * picture.pixel_size[0], columns * picture.pixel_size[1]
    scale = min(HEIGHT / height, WIDEST / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = Image.fromarray((255 * np.clip(mixed, 0, 1)).round().astype(np.uint8)).resize(size, Image.Resampling.BOX)
    content = io.BytesIO()
    small.save(content, format="jpeg", quality=80)
    return content.getvalue()
