"""Exact pixel figures, gathered map by map."""

from __future__ import annotations

import numpy as np
import pytest

from acd_monai.errors import AcdMonaiError, ConfigError
from acd_monai.metrics import ExactScores, ScoreHistogram, aupro, gather_pixel_scores, rank_figures
from tests.metrics.synthetic_maps import make_maps


def test_the_figures_of_the_plain_functions() -> None:
    maps = make_maps("softmax", count=4, side=40)
    whole, first, second = ExactScores(), ExactScores(), ExactScores()
    for number, (anomaly_map, mask) in enumerate(maps):
        whole.update(anomaly_map, mask)
        (first, second)[number % 2].update(anomaly_map, mask)
    first.merge(second)
    figures = whole.figures()
    scores, masks = np.stack([one.anomaly_map for one in maps]), np.stack([one.mask for one in maps])
    assert figures[:4] == pytest.approx(rank_figures(scores, masks), abs=1e-12)
    assert figures.aupro == pytest.approx(aupro(scores, masks), abs=1e-12)
    assert first.figures() == figures
    first.reset()
    assert np.isnan(first.figures()[:5]).all()


def test_the_mode_chooses() -> None:
    assert isinstance(gather_pixel_scores(), ScoreHistogram)
    assert isinstance(gather_pixel_scores("exact"), ExactScores)
    with pytest.raises(ConfigError, match="'approximate'; wanted one of streaming, exact"):
        gather_pixel_scores("approximate")


def test_a_bad_map_is_refused() -> None:
    with pytest.raises(AcdMonaiError, match=r"outside \[0, 1\], the first is -1\.0"):
        ExactScores().update(np.array([[-1.0, 0.5]]), np.array([[0, 1]]))
