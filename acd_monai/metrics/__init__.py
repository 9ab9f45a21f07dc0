"""How good anomaly scores and maps are: figures, their intervals, and a threshold from normal cases."""

from __future__ import annotations

from acd_monai.metrics.aupro import FALSE_POSITIVE_LIMIT, aupro, region_weights
from acd_monai.metrics.bootstrap import (
    Interval,
    OverlapResamples,
    RankResamples,
    Resamples,
    bootstrap_overlap,
    bootstrap_ranking,
    mean_resamples,
)
from acd_monai.metrics.case_sketch import CaseSketches
from acd_monai.metrics.curves import Curve, pr_points, roc_points
from acd_monai.metrics.exact_scores import PIXEL_MODES, ExactScores, gather_pixel_scores
from acd_monai.metrics.fp_threshold import FalsePositiveCurve
from acd_monai.metrics.monai_metrics import (
    ImageAUROC,
    ImageAveragePrecision,
    ImageF1Max,
    OverlapAtThreshold,
    PixelAUPRO,
    PixelAUROC,
    PixelAveragePrecision,
    PixelF1Max,
)
from acd_monai.metrics.overlap import OverlapFigures, count_overlap, overlap_figures
from acd_monai.metrics.pixel_bootstrap import PixelResamples, bootstrap_pixels
from acd_monai.metrics.pixel_figures import ErrorBound, PixelFigures, PixelScores
from acd_monai.metrics.ranking import (
    RankedGroups,
    RankFigures,
    auroc,
    average_precision,
    f1_max,
    group_scores,
    rank_figures,
    rank_figures_of,
)
from acd_monai.metrics.score_histogram import ScoreHistogram

__all__ = [
    "FALSE_POSITIVE_LIMIT",
    "PIXEL_MODES",
    "CaseSketches",
    "Curve",
    "ErrorBound",
    "ExactScores",
    "FalsePositiveCurve",
    "ImageAUROC",
    "ImageAveragePrecision",
    "ImageF1Max",
    "Interval",
    "OverlapAtThreshold",
    "OverlapFigures",
    "OverlapResamples",
    "PixelAUPRO",
    "PixelAUROC",
    "PixelAveragePrecision",
    "PixelF1Max",
    "PixelFigures",
    "PixelResamples",
    "PixelScores",
    "RankFigures",
    "RankResamples",
    "RankedGroups",
    "Resamples",
    "ScoreHistogram",
    "aupro",
    "auroc",
    "average_precision",
    "bootstrap_overlap",
    "bootstrap_pixels",
    "bootstrap_ranking",
    "count_overlap",
    "f1_max",
    "gather_pixel_scores",
    "group_scores",
    "mean_resamples",
    "overlap_figures",
    "pr_points",
    "rank_figures",
    "rank_figures_of",
    "region_weights",
    "roc_points",
]
