"""The gallery shows every kind of synthetic picture, and where it is abnormal."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

SCRIPT = Path(__file__).parents[1] / "scripts" / "make_gallery.py"


def test_every_row_shows_where_it_is_abnormal() -> None:
    spec = importlib.util.spec_from_file_location("make_gallery", SCRIPT)
    assert spec is not None and spec.loader is not None
    gallery = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gallery)
    rows = list(gallery.make_rows(3, 64))
    assert [row.name for row in rows][-4:] == ["head MRI", "abdominal CT", "retina OCT", "colonoscopy"]
    sheet = np.asarray(gallery.draw_gallery(3, 64))
    step = 64 + gallery.GAP
    marked = (sheet == gallery.OUTLINE).all(axis=2)
    for number in range(len(rows)):
        top = number * (step + gallery.LABEL) + gallery.LABEL
        for place in range(gallery.PAIRS):
            left = place * (3 * step + 2 * gallery.GAP)
            assert marked[top : top + 64, left + 2 * step : left + 2 * step + 64].any()
            assert not marked[top : top + 64, left : left + step].any()  # the normal one has none
