"""What a person opens after a run: map, summary, preview, table of results."""

from __future__ import annotations

from acd_monai.reports.atomic import save_whole, written_whole
from acd_monai.reports.case_files import Finished, discard_case, find_finished
from acd_monai.reports.components import Component, Components, find_components, find_slice_components
from acd_monai.reports.fingerprint import Fingerprint, hash_of
from acd_monai.reports.growing_table import GrowingTable
from acd_monai.reports.inspect_text import inventory_text
from acd_monai.reports.loss_curve import write_loss_curve
from acd_monai.reports.nifti_map import write_map
from acd_monai.reports.output_folder import prepare_output_folder
from acd_monai.reports.overlay import OrientationLetters
from acd_monai.reports.preview import write_preview
from acd_monai.reports.results_table import RESULT_COLUMNS, ResultRow, write_results
from acd_monai.reports.slice_ranking import TopSlice, choose_spread_slices, find_top_slices
from acd_monai.reports.summary import NOTICE, CaseSummary, SliceScores, Source, summary_to_json, write_summary
from acd_monai.reports.threshold_file import (
    StoredThreshold,
    Threshold,
    choose_threshold,
    store_threshold,
    threshold_file,
)
from acd_monai.reports.timeline import TIMELINE_COLUMNS, Timeline, clock, write_timeline_csv, write_timeline_plot
from acd_monai.reports.versions import find_versions

__all__ = [
    "NOTICE",
    "RESULT_COLUMNS",
    "TIMELINE_COLUMNS",
    "CaseSummary",
    "Component",
    "Components",
    "Finished",
    "Fingerprint",
    "GrowingTable",
    "OrientationLetters",
    "ResultRow",
    "SliceScores",
    "Source",
    "StoredThreshold",
    "Threshold",
    "Timeline",
    "TopSlice",
    "choose_spread_slices",
    "choose_threshold",
    "discard_case",
    "find_components",
    "find_finished",
    "clock",
    "find_slice_components",
    "find_top_slices",
    "find_versions",
    "hash_of",
    "prepare_output_folder",
    "save_whole",
    "inventory_text",
    "store_threshold",
    "summary_to_json",
    "threshold_file",
    "write_loss_curve",
    "write_map",
    "write_preview",
    "write_results",
    "write_summary",
    "write_timeline_csv",
    "write_timeline_plot",
    "written_whole",
]
