"""What made a DICOM object: the software, the model, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from highdicom import UID, AlgorithmIdentificationSequence, ContributingEquipment
from pydicom.sr.codedict import codes

from acd_monai import __version__
from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["DESCRIPTION", "MANUFACTURER", "algorithm_of", "object_arguments", "series_description"]

MANUFACTURER = "acd_monai"

DESCRIPTION = "Research use only, not for diagnosis"

LONGEST = 64
"""Characters of a DICOM long string."""


def object_arguments(view: CaseView, number: int, what: str) -> dict[str, Any]:
    """Return highdicom's arguments that are the same for every object, each in a new series of its own.

    Args:
        view: the case.
        number: of the series in the study.
        what: the object shows, a few words.
    """
    model = view.summary.model
    return {
        "series_instance_uid": UID(),
        "series_number": number,
        "sop_instance_uid": UID(),
        "instance_number": 1,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": _plain(f"{model['method']} on {model['backbone']}"),
        "software_versions": __version__,
        "device_serial_number": _hash(model["weights"])[:16] or "none",
        "series_description": series_description(view, what),
        "contributing_equipment": [_equipment(view)],
    }


def series_description(view: CaseView, what: str) -> str:
    """Return a line for a PACS' list of series; the first word of what must not be overlooked stands in front."""
    alert = f"{view.alert.split()[0].upper()} " if view.alert else ""
    return _plain(f"{alert}{what} (research, not for diagnosis)")


def algorithm_of(view: CaseView) -> AlgorithmIdentificationSequence:
    """Identify what found the segments."""
    model, threshold = view.summary.model, view.summary.threshold
    return AlgorithmIdentificationSequence(
        name=_plain(f"{model['method']} on {model['backbone']}"),
        family=codes.DCM.ArtificialIntelligence,
        version=__version__,
        source=MANUFACTURER,
        parameters={"threshold": f"{threshold.value:.6g}", "domain": view.summary.domain},
    )


def _equipment(view: CaseView) -> ContributingEquipment:
    model, threshold = view.summary.model, view.summary.threshold
    said = (
        f"{DESCRIPTION}. {view.alert + '. ' if view.alert else ''}Domain {view.summary.domain}; method "
        f"{model['method']}, settings {model.get('settings')}; backbone {model['backbone']}, {model['image_size']} px; "
        f"weights sha256 {_hash(model['weights'])}; backbone weights sha256 {_hash(model['backbone_weights'])}; "
        f"threshold {threshold.value:.6g} ({threshold.source})."
    )
    return ContributingEquipment(
        MANUFACTURER,
        codes.DCM.ProcessingEquipment,
        manufacturer_model_name=_plain(f"{model['method']} on {model['backbone']}"),
        software_versions=__version__,
        contribution_description=_plain(said, 1024),
    )


def _hash(weights: str | Mapping[str, Any] | None) -> str:
    return str(weights.get("sha256", "")) if isinstance(weights, Mapping) else ""


def _plain(said: str, longest: int = LONGEST) -> str:
    """Cut to length and keep to ASCII: the source's character set may hold nothing else."""
    return said.encode("ascii", "replace").decode().replace("\\", "/")[:longest]
