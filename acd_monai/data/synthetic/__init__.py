"""Made-up studies and pictures, for demonstrations, tests and training where no data of others may go."""

from __future__ import annotations

from acd_monai.data.synthetic.colonoscopy import POLYPS, ColonPicture, make_colonoscopy
from acd_monai.data.synthetic.dicom_writer import write_mr_series
from acd_monai.data.synthetic.endoscopy_writer import write_endoscopy, write_endoscopy_cine
from acd_monai.data.synthetic.frame_benchmarks import write_oct_benchmark, write_polyp_benchmark
from acd_monai.data.synthetic.head_mri import HeadPhantom, make_head_mri
from acd_monai.data.synthetic.oct_writer import write_opt
from acd_monai.data.synthetic.retina_oct import (
    RETINA_LESIONS,
    OctPicture,
    OctVolume,
    make_retina_oct,
    make_retina_oct_volume,
)
from acd_monai.data.synthetic.texture_benchmark import write_texture_benchmark
from acd_monai.data.synthetic.textures import DEFECTS, TEXTURE_FAMILIES, TexturePicture, make_texture

__all__ = [
    "DEFECTS",
    "POLYPS",
    "RETINA_LESIONS",
    "TEXTURE_FAMILIES",
    "ColonPicture",
    "HeadPhantom",
    "OctPicture",
    "OctVolume",
    "TexturePicture",
    "make_colonoscopy",
    "make_head_mri",
    "make_retina_oct",
    "make_retina_oct_volume",
    "make_texture",
    "write_endoscopy",
    "write_endoscopy_cine",
    "write_mr_series",
    "write_oct_benchmark",
    "write_opt",
    "write_polyp_benchmark",
    "write_texture_benchmark",
]
