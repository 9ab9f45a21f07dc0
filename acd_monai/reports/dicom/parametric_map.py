"""The anomaly map as a DICOM Parametric Map: 32-bit floats on the planes of the source (PS3.3 A.75)."""

from __future__ import annotations

import numpy as np
from highdicom import VOILUTTransformation
from highdicom.pm import ParametricMap, RealWorldValueMapping
from highdicom.sr import CodedConcept, ContentItem, TextContentItem
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from acd_monai.data.dicom_source import DicomSource
from acd_monai.reports.dicom.anatomy import frame_anatomy
from acd_monai.reports.dicom.equipment import DESCRIPTION, MANUFACTURER, algorithm_of, object_arguments
from acd_monai.reports.dicom.references import refer_to_source
from acd_monai.reports.dicom.stand_ins import plane_positions
from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["make_parametric_map"]

_SCORE = CodedConcept("ANOMALY_SCORE", "99ACDMONAI", "Anomaly score")


def make_parametric_map(view: CaseView, source: DicomSource, planes: list[Dataset], number: int) -> ParametricMap:
    """Make the object, of a volume: a Parametric Map must have a place in the patient.

    Args:
        view: the case.
        source: where its image comes from.
        planes: see :func:`~acd_monai.reports.dicom.stand_ins.make_stand_ins`.
        number: of its series in the study.
    """
    made = ParametricMap(
        planes,
        np.ascontiguousarray(view.anomaly_map.T, dtype=np.float32),
        real_world_value_mappings=[_score_of(view)],
        voi_lut_transformations=[VOILUTTransformation(window_center=0.5, window_width=1.0)],
        contains_recognizable_visual_features=False,
        content_label="ANOMALY_MAP",
        content_description=DESCRIPTION,
        content_creator_name=f"{MANUFACTURER}^",
        **object_arguments(view, number, "Anomaly map"),
    )
    made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [frame_anatomy(source.header)]
    refer_to_source(made, source, plane_positions(source, len(planes)))
    _put_frames_in_ascending_order(made)
    return made


def _score_of(view: CaseView) -> RealWorldValueMapping:
    """Say what the values mean, and which algorithm made them: the Parametric Map has no other place for that."""
    mapping = RealWorldValueMapping(
        "score",
        "anomaly score, 0 (normal) to 1",
        codes.UCUM.NoUnits,
        value_range=(0.0, 1.0),
        slope=1.0,
        intercept=0.0,
        quantity_definition=_SCORE,
    )
    algorithm = algorithm_of(view)[0]
    definition: list[ContentItem] = [
        *mapping.QuantityDefinitionSequence,
        TextContentItem(codes.DCM.AlgorithmName, algorithm.AlgorithmName),
        TextContentItem(codes.DCM.AlgorithmVersion, algorithm.AlgorithmVersion),
    ]
    mapping["QuantityDefinitionSequence"].value = definition
    return mapping


def _put_frames_in_ascending_order(made: ParametricMap) -> None:
    """Turn highdicom's order around: readers built on dcmqi take the n-th frame for the n-th slice of the volume."""
    groups = list(made.PerFrameFunctionalGroupsSequence)[::-1]
    if len(groups) < 2:
        return
    for number, group in enumerate(groups, 1):
        group.FrameContentSequence[0].DimensionIndexValues = number
    made.PerFrameFunctionalGroupsSequence = groups
    frames = np.frombuffer(made.FloatPixelData, dtype="<f4").reshape(len(groups), -1)
    made.FloatPixelData = frames[::-1].tobytes()
