"""Results as DICOM objects of the source's own study."""

from __future__ import annotations

from acd_monai.reports.dicom.encapsulated_pdf import make_encapsulated_pdf
from acd_monai.reports.dicom.parametric_map import make_parametric_map
from acd_monai.reports.dicom.segmentation import make_segmentation
from acd_monai.reports.dicom.stand_ins import make_stand_ins

__all__ = ["make_encapsulated_pdf", "make_parametric_map", "make_segmentation", "make_stand_ins"]
