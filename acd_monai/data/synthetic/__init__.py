"""Made-up studies, for demonstrations and tests where no patient data may go."""

from __future__ import annotations

from acd_monai.data.synthetic.dicom_writer import write_mr_series
from acd_monai.data.synthetic.head_mri import HeadPhantom, make_head_mri

__all__ = ["HeadPhantom", "make_head_mri", "write_mr_series"]
