"""What part of the body a source shows, as DICOM codes it."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from acd_monai.data.dicom_header import text

__all__ = ["frame_anatomy", "region_of"]

_UNKNOWN = Code("123037004", "SCT", "Body structure")
_ORGANS = {"Brain": codes.SCT.Brain, "Liver": codes.SCT.Liver, "Retina": codes.SCT.Retina}
"""Not among the regions of CID 4031, but found in headers."""

_SIDES = {"L", "R", "B", "U"}


def region_of(header: Dataset) -> Code:
    """Return the code of the region: the header's own, else that of its BodyPartExamined, else "Body structure"."""
    for item in header.get("AnatomicRegionSequence") or ():
        value, scheme = text(item, "CodeValue"), text(item, "CodingSchemeDesignator")
        meaning = text(item, "CodeMeaning")
        if value and scheme and meaning:
            return Code(value, scheme, meaning)
    name = text(header, "BodyPartExamined").title().replace(" ", "")
    return getattr(codes.CID4031, name, None) or _ORGANS.get(name, _UNKNOWN)


def frame_anatomy(header: Dataset) -> Dataset:
    """Return the item of a Frame Anatomy Sequence, which also says the side, in place of the series' Laterality."""
    region = Dataset()
    code = region_of(header)
    region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = (
        code.value,
        code.scheme_designator,
        code.meaning,
    )
    item = Dataset()
    side = next((text(header, name) for name in ("ImageLaterality", "Laterality") if text(header, name)), "")
    item.FrameLaterality = side if side in _SIDES else "U"
    item.AnatomicRegionSequence = [region]
    return item
