"""The findings as a DICOM Segmentation: one binary segment each, numbered as in the summary (PS3.3 A.51)."""

from __future__ import annotations

import numpy as np
from highdicom.color import CIELabColor
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from acd_monai.data.dicom_source import DicomSource
from acd_monai.reports.components import label_components
from acd_monai.reports.dicom.anatomy import region_of
from acd_monai.reports.dicom.equipment import DESCRIPTION, MANUFACTURER, algorithm_of, object_arguments
from acd_monai.reports.dicom.references import refer_to_source
from acd_monai.reports.dicom.stand_ins import plane_positions
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.palette import FINDING_COLOURS

__all__ = ["MOST_SEGMENTS", "make_segmentation"]

MOST_SEGMENTS = 20
"""Findings with a segment of their own; all others share one more."""


def make_segmentation(view: CaseView, source: DicomSource, planes: list[Dataset], number: int) -> Segmentation:
    """Make the object, of a case with at least one finding.

    Args:
        view: the case.
        source: where its image comes from.
        planes: see :func:`~acd_monai.reports.dicom.stand_ins.make_stand_ins`.
        number: of its series in the study.
    """
    components, threshold = view.summary.components, view.summary.threshold.value
    own = components.items[:MOST_SEGMENTS]
    names = [f"Finding {n}, peak {item.peak:.3f}" for n, item in enumerate(own, 1)]
    if components.total > len(own):
        names.append(f"{components.total - len(own)} more findings")
    labels = label_components(view.anomaly_map, threshold, own)
    algorithm, region = algorithm_of(view), region_of(source.header)
    made = Segmentation(
        planes,
        np.ascontiguousarray(labels.T),
        SegmentationTypeValues.BINARY,
        [
            SegmentDescription(
                segment_number,
                name,
                codes.SCT.MorphologicallyAbnormalStructure,
                codes.SCT.MorphologicallyAbnormalStructure,
                SegmentAlgorithmTypeValues.AUTOMATIC,
                algorithm,
                anatomic_regions=[region],
                display_color=CIELabColor.from_rgb(*FINDING_COLOURS[(segment_number - 1) % len(FINDING_COLOURS)]),
            )
            for segment_number, name in enumerate(names, 1)
        ],
        content_label="ANOMALIES",
        content_description=DESCRIPTION,
        content_creator_name=f"{MANUFACTURER}^",
        **object_arguments(view, number, "Anomaly findings"),
    )
    if not source.slices[0].has_place:
        made.PatientOrientation = None  # not known; where there is a place, that says it
    refer_to_source(made, source, plane_positions(source, len(planes)))
    return made
