"""Made-up studies and pictures, for demonstrations, tests and training where no data of others may go."""

from __future__ import annotations

from acd_monai.data.synthetic.dicom_writer import write_mr_series
from acd_monai.data.synthetic.head_mri import HeadPhantom, make_head_mri
from acd_monai.data.synthetic.texture_benchmark import write_texture_benchmark
from acd_monai.data.synthetic.texture_words import DEFECT_WORDS, FAMILY_NOUNS
from acd_monai.data.synthetic.textures import DEFECTS, TEXTURE_FAMILIES, TexturePicture, make_texture

__all__ = [
    "DEFECTS",
    "DEFECT_WORDS",
    "FAMILY_NOUNS",
    "TEXTURE_FAMILIES",
    "HeadPhantom",
    "TexturePicture",
    "make_head_mri",
    "make_texture",
    "write_mr_series",
    "write_texture_benchmark",
]
