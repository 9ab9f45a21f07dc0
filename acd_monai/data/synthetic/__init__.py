"""Made-up studies and pictures, for demonstrations, tests and training where no data of others may go."""

from __future__ import annotations

from acd_monai.data.synthetic.abdomen_tones import CT_PHASES
from acd_monai.data.synthetic.abdominal_ct import AbdomenPhantom, make_abdominal_ct
from acd_monai.data.synthetic.colonoscopy import POLYPS, ColonPicture, make_colonoscopy
from acd_monai.data.synthetic.dicom_writer import write_ct_series, write_mr_series
from acd_monai.data.synthetic.endoscopy_writer import write_endoscopy, write_endoscopy_cine
from acd_monai.data.synthetic.frame_benchmarks import write_oct_benchmark, write_polyp_benchmark
from acd_monai.data.synthetic.head_mri import HeadPhantom, make_head_mri
from acd_monai.data.synthetic.head_slices import make_head_slice
from acd_monai.data.synthetic.head_tones import MR_CONTRASTS
from acd_monai.data.synthetic.lesion_shape import Lesion
from acd_monai.data.synthetic.liver_slices import make_liver_slice
from acd_monai.data.synthetic.oct_writer import write_opt
from acd_monai.data.synthetic.phantom_benchmark import write_head_benchmark, write_liver_benchmark
from acd_monai.data.synthetic.phantom_files import write_nifti
from acd_monai.data.synthetic.phantom_pictures import SlicePicture
from acd_monai.data.synthetic.retina_oct import (
    RETINA_LESIONS,
    OctPicture,
    OctVolume,
    make_retina_oct,
    make_retina_oct_volume,
)
from acd_monai.data.synthetic.texture_benchmark import write_texture_benchmark
from acd_monai.data.synthetic.texture_words import DEFECT_WORDS, FAMILY_NOUNS
from acd_monai.data.synthetic.textures import DEFECTS, TEXTURE_FAMILIES, TexturePicture, make_texture

__all__ = [
    "AbdomenPhantom",
    "CT_PHASES",
    "ColonPicture",
    "DEFECTS",
    "DEFECT_WORDS",
    "FAMILY_NOUNS",
    "HeadPhantom",
    "Lesion",
    "MR_CONTRASTS",
    "OctPicture",
    "OctVolume",
    "POLYPS",
    "RETINA_LESIONS",
    "SlicePicture",
    "TEXTURE_FAMILIES",
    "TexturePicture",
    "make_abdominal_ct",
    "make_colonoscopy",
    "make_head_mri",
    "make_head_slice",
    "make_liver_slice",
    "make_retina_oct",
    "make_retina_oct_volume",
    "make_texture",
    "write_ct_series",
    "write_endoscopy",
    "write_endoscopy_cine",
    "write_head_benchmark",
    "write_liver_benchmark",
    "write_mr_series",
    "write_nifti",
    "write_oct_benchmark",
    "write_opt",
    "write_polyp_benchmark",
    "write_texture_benchmark",
]
